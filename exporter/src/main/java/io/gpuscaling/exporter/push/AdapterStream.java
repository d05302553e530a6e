package io.gpuscaling.exporter.push;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.proto.v1.AdapterMessage;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.Hello;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open stream to one adapter. {@link #run} is its loop, on a virtual thread: it sends the
 * newest state whenever that has changed and the transport takes it, so a slow adapter is told less
 * often, never late and never at the cost of memory. gRPC's callbacks only note what came and wake
 * the loop.
 */
final class AdapterStream implements ClientResponseObserver<ExporterMessage, AdapterMessage> {

  private static final Logger log = LoggerFactory.getLogger(AdapterStream.class);

  private final String adapter;
  private final PushSettings settings;
  private final StreamTimeouts timeouts;
  private final SendableSamples samples;
  private final Ticker ticker;
  private final InstantSource clock;
  private final PushMetrics metrics;
  private final SnapshotEncoder encoder = new SnapshotEncoder();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();

  // Guarded by lock.
  private @Nullable ClientCallStreamObserver<ExporterMessage> requests;
  private boolean changed = true;
  private @Nullable String snapshotReason = "the first";
  private @Nullable Integer idleTimeoutMillis;
  private @Nullable Long acknowledgedAtNanos;
  private final Acknowledgements acknowledgements;
  private @Nullable Status end;
  private boolean closed;

  AdapterStream(
      String adapter,
      PushSettings settings,
      SendableSamples samples,
      Ticker ticker,
      InstantSource clock,
      PushMetrics metrics) {
    this.adapter = adapter;
    this.settings = settings;
    this.timeouts = settings.timeouts();
    this.acknowledgements = new Acknowledgements(timeouts.acknowledgement());
    this.samples = samples;
    this.ticker = ticker;
    this.clock = clock;
    this.metrics = metrics;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<ExporterMessage> stream) {
    locked(() -> requests = stream);
    stream.setOnReadyHandler(() -> locked(() -> {}));
  }

  /**
   * Sends until the stream ends. Whatever ends this loop ends the stream.
   *
   * @return how it ended
   * @throws InterruptedException when this exporter stops
   */
  Status run() throws InterruptedException {
    try (var _ = samples.onChange(() -> locked(() -> changed = true))) {
      return converse();
    } finally {
      close();
    }
  }

  private Status converse() throws InterruptedException {
    send(ExporterMessage.newBuilder().setHello(hello()).build());
    if (!awaitUntil(() -> idleTimeoutMillis != null, timeouts.welcome().toNanos())) {
      return endOr(
          Status.DEADLINE_EXCEEDED.withDescription(
              "no welcome within " + timeouts.welcome().toSeconds() + " s"));
    }
    var pace = new PushPace(ticker.nanos(), welcomedIdleTimeout());
    do {
      awaitUntil(() -> changed, pace.nanosUntilDue(ticker.nanos(), isSnapshotWanted()));
      awaitUntil(() -> false, pace.nanosUntilLook(ticker.nanos()));
    } while (!isUnheard() && awaitTransport(timeouts.stall().toNanos()) && tell(pace));
    return endOr(
        Status.DEADLINE_EXCEEDED.withDescription(
            isUnheard()
                ? "nothing was acknowledged for " + timeouts.acknowledgement().toSeconds() + " s"
                : "nothing was read for " + timeouts.stall().toSeconds() + " s"));
  }

  private boolean isUnheard() {
    lock.lock();
    try {
      return acknowledgements.isOverdue(ticker.nanos());
    } finally {
      lock.unlock();
    }
  }

  /** Tells what is to be told now, if anything is; false when the transport did not take it. */
  private boolean tell(PushPace pace) throws InterruptedException {
    long now = ticker.nanos();
    pace.looked(now);
    boolean full = takeNews(pace, now);
    List<ExporterMessage> messages =
        full ? encoder.full(samples.snapshot(), now) : encoder.changes(samples.snapshot(), now);
    if (messages.getFirst().hasHeartbeat() && !pace.mayHeartbeat(now)) {
      return true; // the encoder remembers changes only: nothing is lost with a heartbeat
    }
    for (ExporterMessage message : messages) {
      if (!awaitTransport(timeouts.stall().toNanos() - (ticker.nanos() - now))) {
        return false;
      }
      send(message);
    }
    pace.sent(now, full);
    return true;
  }

  /** Takes over that there was a change, and whether a whole snapshot is due. */
  private boolean takeNews(PushPace pace, long now) {
    String reason;
    lock.lock();
    try {
      changed = false;
      if (!pace.isFullDue(now, snapshotReason != null)) {
        return false;
      }
      reason = snapshotReason;
      snapshotReason = null;
    } finally {
      lock.unlock();
    }
    log.atDebug()
        .addKeyValue("adapter", adapter)
        .addKeyValue("reason", reason == null ? "the time has come" : reason)
        .log("sending a whole snapshot");
    return true;
  }

  /**
   * Waits until the transport takes more; false when it does not in time or the stream has ended. A
   * dead peer is found by gRPC's keep-alive.
   */
  private boolean awaitTransport(long nanos) throws InterruptedException {
    return awaitUntil(() -> stream().isReady(), nanos) && !hasEnded();
  }

  /**
   * Waits for a condition, the end of the stream, or the time; says whether the condition holds.
   */
  private boolean awaitUntil(BooleanSupplier condition, long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (end == null && !condition.getAsBoolean() && left > 0) {
        left = woken.awaitNanos(left);
      }
      return condition.getAsBoolean();
    } finally {
      lock.unlock();
    }
  }

  private boolean isSnapshotWanted() {
    lock.lock();
    try {
      return snapshotReason != null;
    } finally {
      lock.unlock();
    }
  }

  private int welcomedIdleTimeout() {
    lock.lock();
    try {
      return idleTimeoutMillis == null ? 0 : idleTimeoutMillis;
    } finally {
      lock.unlock();
    }
  }

  private boolean hasEnded() {
    lock.lock();
    try {
      return end != null;
    } finally {
      lock.unlock();
    }
  }

  private Status endOr(Status other) {
    lock.lock();
    try {
      return end == null ? other : end;
    } finally {
      lock.unlock();
    }
  }

  private ClientCallStreamObserver<ExporterMessage> stream() {
    lock.lock();
    try {
      if (requests == null) {
        throw new IllegalStateException("the stream has not been opened");
      }
      return requests;
    } finally {
      lock.unlock();
    }
  }

  private void send(ExporterMessage message) {
    stream().onNext(message);
    locked(() -> {
      if (message.hasSnapshot() && message.getSnapshot().getLast()) {
        acknowledgements.told(message.getSnapshot().getGeneration(), ticker.nanos());
      } else if (message.hasDelta()) {
        acknowledgements.told(message.getDelta().getGeneration(), ticker.nanos());
      }
    });
    metrics.sent(message.getBodyCase().name().toLowerCase(Locale.ROOT));
  }

  private Hello hello() {
    return Hello.newBuilder()
        .setProtocolVersion(PushLimits.PROTOCOL_VERSION)
        .setNode(settings.nodeName())
        .setBootId(settings.bootId())
        .setExporterVersion(settings.version())
        .setSentUnixMillis(clock.millis())
        .build();
  }

  @Override
  public void onNext(AdapterMessage message) {
    locked(() -> {
      switch (message.getBodyCase()) {
        case WELCOME -> idleTimeoutMillis = message.getWelcome().getIdleTimeoutMillis();
        case ACK -> acknowledged(message.getAck().getGeneration());
        case SNAPSHOT_REQUEST -> {
          snapshotReason = RemoteText.of(message.getSnapshotRequest().getReason());
          metrics.snapshotRequested();
        }
        case BODY_NOT_SET -> {} // a newer adapter says something that we do not know
      }
    });
  }

  private void acknowledged(long generation) {
    acknowledgements.acknowledged(generation, ticker.nanos());
    // After the end of the loop a late one must not count as a stream that works.
    if (acknowledgedAtNanos == null && !closed) {
      acknowledgedAtNanos = ticker.nanos();
      metrics.connected();
    }
  }

  @Override
  public void onError(Throwable failure) {
    locked(() -> end = Status.fromThrowable(failure));
  }

  @Override
  public void onCompleted() {
    locked(() -> end = Status.OK);
  }

  /** Changes what the loop looks at, and wakes it. */
  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How long the adapter has held samples of this stream; zero when it never did. */
  Duration lived() {
    lock.lock();
    try {
      return acknowledgedAtNanos == null
          ? Duration.ZERO
          : Duration.ofNanos(Math.max(1, ticker.nanos() - acknowledgedAtNanos));
    } finally {
      lock.unlock();
    }
  }

  private void close() {
    boolean open;
    lock.lock();
    try {
      closed = true;
      open = end == null;
      if (acknowledgedAtNanos != null) {
        metrics.disconnected();
      }
    } finally {
      lock.unlock();
    }
    if (open) {
      stream().cancel("the exporter ends the stream", null);
    }
  }
}
