package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Publishes the leases as the source {@code lease}: at each change at once, and again and again so
 * that what has expired ends. Starting for one time to live after the start of the process, since
 * workers that live may not have announced themselves yet; complete from then on. Safe for use by
 * any thread.
 */
final class LeaseSource implements AutoCloseable {

  /** The source's name. */
  static final String NAME = "lease";

  private final LeaseRegistry registry;
  private final Ticker ticker;
  private final Consumer<SourceSnapshot> publish;
  private final PeriodicTask tick;

  /**
   * A source that publishes nothing yet.
   *
   * @param timeToLive of leases; expiry is seen within a tenth of it
   */
  LeaseSource(
      LeaseRegistry registry,
      Ticker ticker,
      Duration timeToLive,
      Consumer<SourceSnapshot> publish) {
    this.registry = registry;
    this.ticker = ticker;
    this.publish = publish;
    this.tick = new PeriodicTask("lease-ticker", timeToLive.dividedBy(10), this::publishNow);
  }

  void start() {
    tick.start();
  }

  /** Publishes what is so now. */
  synchronized void publishNow() {
    SourceState state =
        registry.isComplete() ? new SourceState.Ok(ticker.nanos()) : new SourceState.Starting();
    publish.accept(new SourceSnapshot(NAME, state, registry.samples()));
  }

  @Override
  public void close() {
    tick.close();
  }
}
