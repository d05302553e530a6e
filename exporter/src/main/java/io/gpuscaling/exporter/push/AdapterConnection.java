package io.gpuscaling.exporter.push;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.proto.v1.IngestGrpc;
import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.SecurityLevel;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a stream to one adapter open: opens it, and again after it has ended, with growing waits
 * while it fails. One virtual thread each, so that a dead or slow adapter delays nobody. Each
 * stream has a connection of its own: it proves anew who both ends are, and no waits but ours are
 * made.
 */
final class AdapterConnection {

  private static final Logger log = LoggerFactory.getLogger(AdapterConnection.class);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** A token is a few KiB; more is not a token file. */
  private static final long MAX_TOKEN_BYTES = 64 * 1024;

  /** What a bearer token consists of (RFC 6750); anything else would break the header. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private final AdapterAddress address;
  private final Supplier<ManagedChannel> channels;
  private final PushSettings settings;
  private final SendableSamples samples;
  private final Ticker ticker;
  private final InstantSource clock;
  private final PushMetrics metrics;
  private final Backoff backoff = new Backoff(RandomGenerator.getDefault());
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;

  /** What was logged last; for the thread of this connection. */
  private Status.Code logged = Status.Code.OK;

  /**
   * A connection that does nothing yet.
   *
   * @param channels makes a channel to the adapter; this closes it
   */
  AdapterConnection(
      AdapterAddress address,
      Supplier<ManagedChannel> channels,
      PushSettings settings,
      SendableSamples samples,
      Ticker ticker,
      InstantSource clock,
      PushMetrics metrics) {
    this.address = address;
    this.channels = channels;
    this.settings = settings;
    this.samples = samples;
    this.ticker = ticker;
    this.clock = clock;
    this.metrics = metrics;
    this.thread = Thread.ofVirtual().name("push-" + address).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Ends the stream and its connection. Returns at once. */
  void stop() {
    stopped.countDown();
    thread.interrupt();
  }

  /** Waits for the end of {@link #stop}. */
  void join(Duration timeout) throws InterruptedException {
    thread.join(timeout);
  }

  private void run() {
    try {
      Duration wait = Duration.ZERO;
      while (!stopped.await(wait.toNanos(), TimeUnit.NANOSECONDS)) {
        wait = stream();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One stream, from its beginning to its end; says how long to wait before the next. */
  private Duration stream() throws InterruptedException {
    var stream = new AdapterStream(address.toString(), settings, samples, ticker, clock, metrics);
    Status end = converse(stream);
    metrics.ended(end.getCode());
    Duration lived = stream.lived();
    log(end, lived);
    return backoff.after(end.getCode(), lived);
  }

  private Status converse(AdapterStream stream) throws InterruptedException {
    ManagedChannel channel = channels.get();
    try {
      var stub = IngestGrpc.newStub(channel);
      if (settings.tokenFile().isPresent()) {
        stub = stub.withCallCredentials(new BearerToken(token(settings.tokenFile().get())));
      }
      stub.stream(stream);
      return stream.run();
    } catch (IOException e) {
      return Status.UNAUTHENTICATED.withDescription("cannot read the token: " + e.getMessage());
    } catch (RuntimeException bug) {
      // A connection that ends in silence would be an adapter that never hears of us again.
      log.atError().addKeyValue("adapter", address).setCause(bug).log("a stream broke");
      return Status.INTERNAL.withDescription("a bug in this exporter").withCause(bug);
    } finally {
      channel.shutdownNow();
    }
  }

  private void log(Status end, Duration lived) {
    if (!lived.isZero()) {
      logged = Status.Code.OK; // it had worked: what ends it is news again
    }
    if (end.getCode() == logged) {
      return; // an adapter that is away for an hour is one line
    }
    logged = end.getCode();
    log.atInfo()
        .addKeyValue("adapter", address)
        .addKeyValue("status", end.getCode())
        .addKeyValue("reason", reason(end))
        .addKeyValue("livedSeconds", lived.toSeconds())
        .log("a stream to an adapter has ended");
  }

  private static String reason(Status end) {
    Throwable root = end.getCause();
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    String description = end.getDescription() == null ? "" : end.getDescription();
    if (root == null) {
      return RemoteText.of(description);
    }
    // What is at the bottom of it first: the words around it are long.
    String cause = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    return RemoteText.of(cause + " (" + description + ")");
  }

  private static String token(Path file) throws IOException {
    if (Files.size(file) > MAX_TOKEN_BYTES) {
      throw new IOException(file + " is larger than a token");
    }
    String token = Files.readString(file).strip();
    if (!TOKEN.matcher(token).matches()) {
      throw new IOException(file + " holds no token");
    }
    return token;
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
