package io.gpuscaling.benchmarks.fleet;

import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.proto.v1.AdapterMessage;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.IngestGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The stream of one simulated node: opens it, and again when it has ended; sends a snapshot after
 * each opening or when asked for one, then deltas; remembers what the adapter has acknowledged.
 * Safe for use by any thread: the fleet's clock drives it, the channel's event loop answers.
 */
final class NodeStream {

  private final SimulatedNode node;
  private final String bootId;
  private final ManagedChannel channel;
  private final FleetCounters counters;
  private final Ticker ticker;
  private final InstantSource clock;

  private @Nullable StreamObserver<ExporterMessage> requests;
  private boolean isWelcome;
  private boolean needsSnapshot;
  private long generation;
  private long acknowledged;
  private long sentAtNanos;

  NodeStream(
      SimulatedNode node,
      String bootId,
      ManagedChannel channel,
      FleetCounters counters,
      Ticker ticker,
      InstantSource clock) {
    this.node = node;
    this.bootId = bootId;
    this.channel = channel;
    this.counters = counters;
    this.ticker = ticker;
    this.clock = clock;
  }

  /**
   * One turn of the fleet's clock: opens the stream when it is not open, else says what there is to
   * say.
   *
   * @param isMoving whether values change; otherwise a heartbeat says that they are still true
   */
  synchronized void tick(boolean isMoving) {
    if (requests == null) {
      open();
      return;
    }
    if (!isWelcome) {
      return;
    }
    if (isMoving) {
      node.advance();
    }
    if (needsSnapshot) {
      needsSnapshot = false;
      send(requests, node.snapshot(++generation));
    } else if (isMoving) {
      long base = generation;
      send(requests, node.delta(++generation, base));
    } else {
      requests.onNext(node.heartbeat(generation));
      counters.sentHeartbeat();
    }
  }

  private void open() {
    isWelcome = false;
    needsSnapshot = true;
    generation = 0;
    acknowledged = 0;
    counters.opened();
    var answers = new Answers();
    StreamObserver<ExporterMessage> opened = IngestGrpc.newStub(channel).stream(answers);
    if (answers.hasEnded) {
      return; // refused at once, on this very thread: the next turn tries again
    }
    requests = opened;
    opened.onNext(node.hello(bootId, clock.millis()));
  }

  private void send(StreamObserver<ExporterMessage> to, ExporterMessage message) {
    sentAtNanos = ticker.nanos();
    to.onNext(message);
    counters.sentChange();
  }

  /** Whether the adapter holds everything that was sent. */
  synchronized boolean isSettled() {
    return isWelcome && !needsSnapshot && acknowledged == generation;
  }

  /** What the node adds to each sum, once {@link #isSettled}. */
  synchronized Map<ServedMetric, Long> sums() {
    return node.sums();
  }

  /** Ends the stream in order. */
  synchronized void close() {
    if (requests != null) {
      requests.onCompleted();
      requests = null;
    }
  }

  /** What comes back; answers of a stream that has been replaced are of no interest. */
  private final class Answers implements StreamObserver<AdapterMessage> {
    private boolean hasEnded;

    @Override
    public void onNext(AdapterMessage message) {
      synchronized (NodeStream.this) {
        switch (message.getBodyCase()) {
          case WELCOME -> {
            isWelcome = true;
            // At once, as a real exporter does; the clock's turn may be a second away.
            if (requests != null && needsSnapshot) {
              needsSnapshot = false;
              send(requests, node.snapshot(++generation));
            }
          }
          case ACK -> {
            acknowledged = message.getAck().getGeneration();
            if (acknowledged == generation) {
              counters.acknowledged(ticker.nanos() - sentAtNanos);
            }
          }
          case SNAPSHOT_REQUEST -> {
            needsSnapshot = true;
            counters.askedForSnapshot();
          }
          case BODY_NOT_SET -> {}
        }
      }
    }

    @Override
    public void onError(Throwable failure) {
      end(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end(Status.OK);
    }

    private void end(Status status) {
      synchronized (NodeStream.this) {
        hasEnded = true;
        requests = null;
        isWelcome = false;
        counters.ended(status);
      }
    }
  }
}
