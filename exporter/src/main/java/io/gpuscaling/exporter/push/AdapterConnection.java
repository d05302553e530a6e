package io.gpuscaling.exporter.push;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.gpuscaling.proto.v1.IngestGrpc;
import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.SecurityLevel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a stream to one adapter open: opens it, and again after it has ended, with growing waits
 * while it fails. One virtual thread each, so that a dead or slow adapter delays nobody.
 */
final class AdapterConnection {

  private static final Logger log = LoggerFactory.getLogger(AdapterConnection.class);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** A token is a few KiB; more is not a token file. */
  private static final long MAX_TOKEN_BYTES = 64 * 1024;

  private final AdapterAddress address;
  private final ManagedChannel channel;
  private final PushSettings settings;
  private final LatestSamples latest;
  private final Ticker ticker;
  private final InstantSource clock;
  private final PushMetrics metrics;
  private final Backoff backoff;
  private final Thread thread;

  AdapterConnection(
      AdapterAddress address,
      ManagedChannel channel,
      PushSettings settings,
      LatestSamples latest,
      Ticker ticker,
      InstantSource clock,
      PushMetrics metrics) {
    this.address = address;
    this.channel = channel;
    this.settings = settings;
    this.latest = latest;
    this.ticker = ticker;
    this.clock = clock;
    this.metrics = metrics;
    this.backoff = new Backoff(RandomGenerator.getDefault());
    this.thread = Thread.ofVirtual().name("push-" + address).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Ends the stream and closes the channel. Returns at once. */
  void stop() {
    thread.interrupt();
    channel.shutdownNow();
  }

  /** Waits for the end of {@link #stop}. */
  void join(Duration timeout) throws InterruptedException {
    thread.join(timeout);
  }

  private void run() {
    Status.Code lastCode = Status.Code.OK;
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Status end = stream();
        metrics.ended(end.getCode());
        if (end.getCode() != lastCode) {
          // Once for each change: an adapter that is away for an hour is one line.
          log.atInfo()
              .addKeyValue("adapter", address)
              .addKeyValue("status", end.getCode())
              .addKeyValue("reason", end.getDescription())
              .log("a stream to an adapter has ended");
          lastCode = end.getCode();
        }
        if (end.isOk() || end.getCode() == Status.Code.ABORTED) {
          backoff.reset(); // the adapter wants us to authenticate again: at once
        } else {
          LockSupport.parkNanos(backoff.next().toNanos());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Status stream() throws InterruptedException {
    try {
      var stub = IngestGrpc.newStub(channel).withWaitForReady();
      Optional<String> token = token();
      if (token.isPresent()) {
        stub = stub.withCallCredentials(new BearerToken(token.get()));
      }
      var stream = new AdapterStream(address.toString(), settings, latest, ticker, clock, metrics);
      stub.stream(stream);
      Status end = stream.run();
      if (stream.wasAcknowledged()) {
        backoff.reset();
      }
      return end;
    } catch (IOException e) {
      return Status.UNAUTHENTICATED.withDescription("cannot read the token: " + e.getMessage());
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  private Optional<String> token() throws IOException {
    if (settings.tokenFile().isEmpty()) {
      return Optional.empty();
    }
    Path file = settings.tokenFile().get();
    if (Files.size(file) > MAX_TOKEN_BYTES) {
      throw new IOException(file + " is larger than a token");
    }
    return Optional.of(Files.readString(file).strip());
  }

  /** Sends a bearer token; only ever over TLS, which gRPC checks. */
  private static final class BearerToken extends CallCredentials {
    private final String token;

    BearerToken(String token) {
      this.token = token;
    }

    @Override
    public void applyRequestMetadata(
        RequestInfo request, Executor executor, MetadataApplier applier) {
      if (request.getSecurityLevel() != SecurityLevel.PRIVACY_AND_INTEGRITY) {
        applier.fail(Status.UNAUTHENTICATED.withDescription("a token is only sent over TLS"));
        return;
      }
      Metadata headers = new Metadata();
      headers.put(AUTHORIZATION, "Bearer " + token);
      applier.apply(headers);
    }
  }
}
