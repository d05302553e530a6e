package io.gpuscaling.exporter.push;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.latest.LatestSamples;
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
  private static final int PROTOCOL_VERSION = 1;

  /** Changes that come together are told together. */
  private static final Duration COALESCE = Duration.ofMillis(10);

  /**
   * A source that observes the same again is told at most so often; the adapter's limits are ten
   * times as long.
   */
  private static final Duration QUIET_HEARTBEAT = Duration.ofSeconds(1);

  /** How long an adapter may take for its welcome. */
  private static final Duration WELCOME_TIMEOUT = Duration.ofSeconds(10);

  /** Whole snapshots mend what no rule foresaw. */
  private static final Duration FULL_INTERVAL = Duration.ofMinutes(5);

  private final String adapter;
  private final PushSettings settings;
  private final LatestSamples latest;
  private final Ticker ticker;
  private final InstantSource clock;
  private final PushMetrics metrics;
  private final SnapshotEncoder encoder = new SnapshotEncoder();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();

  // Guarded by lock.
  private @Nullable ClientCallStreamObserver<ExporterMessage> requests;
  private boolean changed = true;
  private boolean snapshotWanted = true;
  private boolean acknowledged;
  private boolean everAcknowledged;
  private @Nullable Duration heartbeatInterval;
  private @Nullable Status end;

  AdapterStream(
      String adapter,
      PushSettings settings,
      LatestSamples latest,
      Ticker ticker,
      InstantSource clock,
      PushMetrics metrics) {
    this.adapter = adapter;
    this.settings = settings;
    this.latest = latest;
    this.ticker = ticker;
    this.clock = clock;
    this.metrics = metrics;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<ExporterMessage> stream) {
    lock.lock();
    try {
      requests = stream;
    } finally {
      lock.unlock();
    }
    stream.setOnReadyHandler(this::wake);
  }

  /**
   * Sends until the stream ends.
   *
   * @return how it ended
   * @throws InterruptedException when this exporter stops; the stream has been cancelled then
   */
  Status run() throws InterruptedException {
    try (var _ = latest.onChange(this::noteChange)) {
      return converse();
    } catch (InterruptedException e) {
      stream().cancel("the exporter stops", null);
      throw e;
    } finally {
      noteDisconnected();
    }
  }

  private Status converse() throws InterruptedException {
    send(ExporterMessage.newBuilder().setHello(hello()).build());
    awaitUntil(() -> heartbeatInterval != null, WELCOME_TIMEOUT.toNanos());
    if (!isWelcome()) {
      stream().cancel("no welcome", null);
      return endOr(Status.DEADLINE_EXCEEDED.withDescription("no welcome in time"));
    }
    long sentAt = ticker.nanos();
    long fullAt = sentAt;
    boolean observedAgain = false;
    while (true) {
      long heartbeat = observedAgain ? QUIET_HEARTBEAT.toNanos() : heartbeatNanos();
      long due = Math.min(sentAt + heartbeat, fullAt + FULL_INTERVAL.toNanos()) - ticker.nanos();
      awaitUntil(this::hasNews, due);
      awaitUntil(() -> false, COALESCE.toNanos());
      if (!awaitTransport()) {
        return endOr(Status.OK);
      }
      boolean full = takeSnapshotWanted() || ticker.nanos() - fullAt >= FULL_INTERVAL.toNanos();
      long now = ticker.nanos();
      List<ExporterMessage> messages =
          full ? encoder.full(latest.snapshot(), now) : encoder.changes(latest.snapshot(), now);
      observedAgain =
          messages.getFirst().hasHeartbeat()
              && now - sentAt < Math.min(heartbeat, QUIET_HEARTBEAT.toNanos());
      if (!observedAgain) {
        messages.forEach(this::send);
        sentAt = now;
        fullAt = full ? now : fullAt;
      }
    }
  }

  /**
   * Waits until the transport takes more, or the stream has ended: false. A dead peer is found by
   * gRPC's keep-alive.
   */
  private boolean awaitTransport() throws InterruptedException {
    while (!awaitUntil(() -> stream().isReady(), WELCOME_TIMEOUT.toNanos())) {
      if (hasEnded()) {
        return false;
      }
    }
    return !hasEnded();
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

  private boolean hasNews() {
    return changed || snapshotWanted;
  }

  private boolean takeSnapshotWanted() {
    lock.lock();
    try {
      boolean wanted = snapshotWanted;
      snapshotWanted = false;
      changed = false;
      return wanted;
    } finally {
      lock.unlock();
    }
  }

  private boolean isWelcome() {
    lock.lock();
    try {
      return heartbeatInterval != null && end == null;
    } finally {
      lock.unlock();
    }
  }

  private long heartbeatNanos() {
    lock.lock();
    try {
      return heartbeatInterval == null ? QUIET_HEARTBEAT.toNanos() : heartbeatInterval.toNanos();
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
    metrics.sent(message.getBodyCase().name().toLowerCase(Locale.ROOT));
  }

  private Hello hello() {
    return Hello.newBuilder()
        .setProtocolVersion(PROTOCOL_VERSION)
        .setNode(settings.nodeName())
        .setBootId(settings.bootId())
        .setExporterVersion(settings.version())
        .setSentUnixMillis(clock.millis())
        .build();
  }

  @Override
  public void onNext(AdapterMessage message) {
    lock.lock();
    try {
      switch (message.getBodyCase()) {
        case WELCOME ->
            heartbeatInterval =
                Duration.ofMillis(Math.max(3, message.getWelcome().getIdleTimeoutMillis()) / 3);
        case ACK -> {
          if (!acknowledged) {
            acknowledged = true;
            everAcknowledged = true;
            metrics.connected();
          }
        }
        case SNAPSHOT_REQUEST -> {
          snapshotWanted = true;
          log.atInfo()
              .addKeyValue("adapter", adapter)
              .addKeyValue("reason", message.getSnapshotRequest().getReason())
              .log("the adapter asks for a whole snapshot");
        }
        case BODY_NOT_SET -> {} // a newer adapter says something that we do not know
      }
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void onError(Throwable failure) {
    noteEnd(Status.fromThrowable(failure));
  }

  @Override
  public void onCompleted() {
    noteEnd(Status.OK);
  }

  private void noteEnd(Status status) {
    lock.lock();
    try {
      end = status;
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void noteChange() {
    lock.lock();
    try {
      changed = true;
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    lock.lock();
    try {
      woken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the adapter has taken a snapshot of this stream: it was more than a refused try. */
  boolean wasAcknowledged() {
    lock.lock();
    try {
      return everAcknowledged;
    } finally {
      lock.unlock();
    }
  }

  private void noteDisconnected() {
    lock.lock();
    try {
      if (acknowledged) {
        acknowledged = false;
        metrics.disconnected();
      }
    } finally {
      lock.unlock();
    }
  }
}
