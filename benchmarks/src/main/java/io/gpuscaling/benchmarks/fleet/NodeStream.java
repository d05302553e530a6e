package io.gpuscaling.benchmarks.fleet;

import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.proto.v1.AdapterMessage;
import io.gpuscaling.proto.v1.ExporterMessage;
import io.gpuscaling.proto.v1.IngestGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The stream of one simulated node: opens it, and again when it has ended; sends a snapshot after
 * each opening or when asked for one, then deltas; remembers what the adapter has acknowledged. Can
 * be ended and begun anew as another process of the same exporter, which knows little at first.
 * Safe for use by any thread: the fleet's clock drives it, the channel's event loop answers.
 */
final class NodeStream {

  private final SimulatedNode node;
  private final ManagedChannel channel;
  private final FleetCounters counters;
  private final Ticker ticker;
  private final InstantSource clock;

  private @Nullable ClientCallStreamObserver<ExporterMessage> requests;
  private String bootId;

  /** The process that runs began with this plan; null for the first one, which knows everything. */
  private @Nullable RollPlan plan;

  private long startedAtNanos;
  private SimulatedNode.Knowledge told = SimulatedNode.Knowledge.ALL;

  /** Those of the stream that is open now; of one that was ended nothing is of interest. */
  private @Nullable Answers current;

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
    this.startedAtNanos = ticker.nanos();
  }

  /**
   * One turn of the fleet's clock: opens the stream when it is not open, else says what there is to
   * say.
   *
   * @param isMoving whether values change; otherwise a heartbeat says that they are still true
   */
  synchronized void tick(boolean isMoving) {
    if (requests == null) {
      if (ticker.nanos() - startedAtNanos >= 0) {
        open();
      }
      return;
    }
    if (!isWelcome) {
      return;
    }
    if (isMoving) {
      node.advance();
    }
    if (needsSnapshot || !told.equals(knowledge())) {
      sendSnapshot(requests);
    } else if (isMoving && told.equals(SimulatedNode.Knowledge.ALL)) {
      long base = generation;
      send(requests, node.delta(++generation, base));
    } else {
      requests.onNext(node.heartbeat(generation, told));
      counters.sentHeartbeat();
    }
  }

  private SimulatedNode.Knowledge knowledge() {
    if (plan == null) {
      return SimulatedNode.Knowledge.ALL;
    }
    long age = ticker.nanos() - startedAtNanos;
    return new SimulatedNode.Knowledge(
        age >= plan.gpusAfter().toNanos(), age >= plan.leasesAfter().toNanos());
  }

  private void sendSnapshot(StreamObserver<ExporterMessage> to) {
    needsSnapshot = false;
    told = knowledge();
    send(to, node.snapshot(++generation, told));
  }

  /**
   * The process ends, and after a time another one begins: with a connection of its own, another
   * boot id, and without what the former one knew.
   */
  synchronized void restart(RollPlan next) {
    plan = next;
    startedAtNanos = ticker.nanos() + next.away().toNanos();
    bootId = UUID.randomUUID().toString();
    current = null;
    if (requests != null) {
      requests.cancel("the exporter ends the stream", null);
      requests = null;
    }
    isWelcome = false;
    channel.enterIdle();
  }

  /** Whether a process runs and is connected, however little it knows. */
  synchronized boolean isConnected() {
    return requests != null && isWelcome;
  }

  private void open() {
    isWelcome = false;
    needsSnapshot = true;
    generation = 0;
    acknowledged = 0;
    counters.opened();
    var answers = new Answers();
    current = answers;
    var opened =
        (ClientCallStreamObserver<ExporterMessage>) IngestGrpc.newStub(channel).stream(answers);
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
    return isWelcome
        && !needsSnapshot
        && acknowledged == generation
        && told.equals(SimulatedNode.Knowledge.ALL);
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
        if (current != this) {
          return;
        }
        switch (message.getBodyCase()) {
          case WELCOME -> {
            isWelcome = true;
            // At once, as a real exporter does; the clock's turn may be a second away.
            if (requests != null && needsSnapshot) {
              sendSnapshot(requests);
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
        counters.ended(status);
        if (current == this) {
          requests = null;
          isWelcome = false;
        }
      }
    }
  }
}
