package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.ingest.IngestSession.Answer;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.proto.v1.Ack;
import io.gpuscaling.proto.v1.AdapterMessage;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.SnapshotRequest;
import io.gpuscaling.proto.v1.Welcome;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transport of one stream: hands messages to its {@link IngestSession}, sends the answers, and
 * ends the stream when it breaks a rule, falls silent, or is due to authenticate again. gRPC calls
 * it by one thread at a time; the watch comes from another, so sending and ending are guarded.
 */
final class IngestStream implements StreamObserver<ExporterMessage> {

  private static final Logger log = LoggerFactory.getLogger(IngestStream.class);

  private final Contributor contributor;
  private final IngestSession session;
  private final ServerCallStreamObserver<AdapterMessage> responses;
  private final IngestSettings settings;
  private final Ticker ticker;
  private final InstantSource clock;
  private final IngestMetrics metrics;
  private final RefusedStreams refused;
  private final Consumer<IngestStream> onEnd;
  private final long endAtNanos;

  private volatile long heardAtNanos;
  private boolean ended;
  private @Nullable ScheduledFuture<?> watch;

  /**
   * A stream that has just begun.
   *
   * @param lifetime after which the exporter must authenticate again
   */
  IngestStream(
      Contributor contributor,
      Duration lifetime,
      IngestSession session,
      ServerCallStreamObserver<AdapterMessage> responses,
      IngestSettings settings,
      Ticker ticker,
      InstantSource clock,
      IngestMetrics metrics,
      RefusedStreams refused,
      Consumer<IngestStream> onEnd) {
    this.contributor = contributor;
    this.session = session;
    this.responses = responses;
    this.settings = settings;
    this.ticker = ticker;
    this.clock = clock;
    this.metrics = metrics;
    this.refused = refused;
    this.onEnd = onEnd;
    this.heardAtNanos = ticker.nanos();
    this.endAtNanos = heardAtNanos + lifetime.toNanos();
    metrics.opened();
  }

  private long watchMillis() {
    return settings.watchInterval().toMillis();
  }

  /** Begins to look after silence and age. */
  void watch(ScheduledExecutorService scheduler) {
    responses.setOnCancelHandler(() -> finish(Status.CANCELLED));
    var future =
        scheduler.scheduleWithFixedDelay(
            this::check, watchMillis(), watchMillis(), TimeUnit.MILLISECONDS);
    synchronized (this) {
      watch = future;
      if (ended) {
        future.cancel(false);
      }
    }
  }

  private void check() {
    long now = ticker.nanos();
    if (now - heardAtNanos > settings.idleTimeout().toNanos()) {
      end(
          Status.DEADLINE_EXCEEDED.withDescription(
              "nothing heard for " + settings.idleTimeout().toSeconds() + " s"));
    } else if (now - endAtNanos >= 0) {
      end(Status.ABORTED.withDescription("time to authenticate again"));
    }
  }

  @Override
  public void onNext(ExporterMessage message) {
    if (isEnded()) {
      return; // what was on its way when the stream was ended
    }
    heardAtNanos = ticker.nanos();
    try {
      switch (session.receive(message)) {
        case Answer.Welcome(long sentUnixMillis) -> {
          metrics.clockSkew((sentUnixMillis - clock.millis()) / 1000.0);
          send(welcome());
        }
        case Answer.Acknowledge(long generation) -> {
          refused.mended(contributor);
          send(
              AdapterMessage.newBuilder()
                  .setAck(Ack.newBuilder().setGeneration(generation))
                  .build());
        }
        case Answer.NeedSnapshot(String reason) -> {
          metrics.askedForSnapshot();
          send(
              AdapterMessage.newBuilder()
                  .setSnapshotRequest(SnapshotRequest.newBuilder().setReason(reason))
                  .build());
        }
        case Answer.Silence() -> {}
        case Answer.Superseded() ->
            end(
                Status.ABORTED.withDescription(
                    "a later stream of the same exporter has taken over"));
      }
      metrics.received(message.getBodyCase().name().toLowerCase(Locale.ROOT));
    } catch (ProtocolViolation violation) {
      if (refused.isNews(contributor, String.valueOf(violation.getMessage()))) {
        log.atWarn()
            .addKeyValue("contributor", contributor)
            .addKeyValue("problem", violation.getMessage())
            .log("refused a stream");
      }
      end(status(violation));
    }
  }

  private AdapterMessage welcome() {
    return AdapterMessage.newBuilder()
        .setWelcome(
            Welcome.newBuilder()
                .setAdapterVersion(settings.version())
                .setIdleTimeoutMillis((int) settings.idleTimeout().toMillis()))
        .build();
  }

  private static Status status(ProtocolViolation violation) {
    Status status =
        switch (violation.kind()) {
          case INVALID -> Status.INVALID_ARGUMENT;
          case OUT_OF_SCOPE -> Status.PERMISSION_DENIED;
          case UNSUPPORTED -> Status.FAILED_PRECONDITION;
          case TOO_MUCH -> Status.RESOURCE_EXHAUSTED;
        };
    return status.withDescription(violation.getMessage());
  }

  @Override
  public void onError(Throwable failure) {
    finish(Status.fromThrowable(failure));
  }

  @Override
  public void onCompleted() {
    end(Status.OK);
  }

  private synchronized void send(AdapterMessage message) {
    // Answers are few and small, and a later acknowledgement covers an earlier one: a reader that
    // is slow to read them
    // loses some, never memory of ours.
    if (!ended && (responses.isReady() || !message.hasAck())) {
      responses.onNext(message);
    }
  }

  /** Ends the stream with a status for the exporter. */
  void end(Status status) {
    synchronized (this) {
      if (!finish(status)) {
        return;
      }
      if (status.isOk()) {
        responses.onCompleted();
      } else {
        responses.onError(status.asRuntimeException());
      }
    }
  }

  /** Marks the stream as ended; false when it was. */
  private synchronized boolean finish(Status status) {
    if (ended) {
      return false;
    }
    ended = true;
    if (watch != null) {
      watch.cancel(false);
    }
    metrics.ended(status.getCode());
    onEnd.accept(this);
    return true;
  }

  private synchronized boolean isEnded() {
    return ended;
  }
}
