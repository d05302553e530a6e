package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.adapter.store.StoreSnapshot;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * Whether a replica that has just started may be asked: once every node with GPUs has told it
 * something, or after a short time at the latest. In a rolling update the other replica answers
 * meanwhile, so that no HPA reads "no exporter has reported". Once over it is over for good: a
 * replica that has served never becomes unready for want of data. Safe for use by any thread.
 */
public final class WarmUp implements BooleanSupplier {

  private final SampleStore store;
  private final ClusterView cluster;
  private final Duration notReadyTimeout;
  private final Ticker ticker;
  private final InstantSource clock;
  private final long endNanos;
  private volatile boolean isOver;

  /**
   * Begins now.
   *
   * @param most how long it takes at most
   */
  public WarmUp(
      SampleStore store,
      ClusterView cluster,
      Duration notReadyTimeout,
      Duration most,
      Ticker ticker,
      InstantSource clock) {
    this.store = store;
    this.cluster = cluster;
    this.notReadyTimeout = notReadyTimeout;
    this.ticker = ticker;
    this.clock = clock;
    this.endNanos = ticker.nanos() + most.toNanos();
  }

  @Override
  public boolean getAsBoolean() {
    if (!isOver && (ticker.nanos() - endNanos >= 0 || isComplete())) {
      isOver = true;
    }
    return isOver;
  }

  private boolean isComplete() {
    ClusterSnapshot objects = cluster.snapshot();
    if (!objects.isSynced()) {
      return false;
    }
    StoreSnapshot samples = store.snapshot();
    var expected = new ExpectedNodes(objects, clock.instant(), notReadyTimeout);
    return objects.nodes().values().stream()
        .filter(expected::isExpected)
        .allMatch(node -> samples.contributor(new Contributor.Node(node.name())) != null);
  }
}
