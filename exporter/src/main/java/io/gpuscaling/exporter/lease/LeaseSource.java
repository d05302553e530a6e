package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the leases as the source {@code lease}: at each change at once, also when something
 * expires, and again and again so that the source stays fresh. Starting for one time to live after
 * {@link #start}, since workers that live may not have announced themselves yet, unless the leases
 * of the former process were read back; complete from then on. Safe for use by any thread.
 */
final class LeaseSource implements AutoCloseable {

  /** The source's name. */
  static final String NAME = Sources.LEASE;

  /** How late an expiry is seen at most. */
  static final Duration CHECK_INTERVAL = Duration.ofMillis(100);

  private final LeaseRegistry registry;
  private final Ticker ticker;
  private final long timeToLiveNanos;
  private final long republishNanos;
  private final Consumer<SourceSnapshot> publish;
  private final PeriodicTask check;

  // Guarded by this.
  private @Nullable Long startedAtNanos;
  private boolean readBack;
  private long publishedAtNanos;

  /** A source that publishes nothing yet. */
  LeaseSource(
      LeaseRegistry registry,
      Ticker ticker,
      Duration timeToLive,
      Consumer<SourceSnapshot> publish) {
    this.registry = registry;
    this.ticker = ticker;
    this.timeToLiveNanos = timeToLive.toNanos();
    this.republishNanos = timeToLiveNanos / 10;
    this.publish = publish;
    this.check = new PeriodicTask("lease-check", CHECK_INTERVAL, this::check);
  }

  /**
   * Publishes for the first time, before it returns. Workers can be heard from now on.
   *
   * @param leasesReadBack whether the leases of the former process are known
   */
  void start(boolean leasesReadBack) {
    synchronized (this) {
      startedAtNanos = ticker.nanos();
      readBack = leasesReadBack;
    }
    publishNow();
    check.start();
  }

  /** Whether every worker that lives has had the time to announce itself. */
  synchronized boolean isComplete() {
    return startedAtNanos != null && ticker.nanos() - startedAtNanos >= timeToLiveNanos;
  }

  /** Publishes what is so now. */
  synchronized void publishNow() {
    long now = ticker.nanos();
    publishedAtNanos = now;
    SourceState state =
        readBack || isComplete() ? new SourceState.Ok(now) : new SourceState.Starting();
    publish.accept(new SourceSnapshot(NAME, state, registry.samples()));
  }

  private synchronized void check() {
    if (registry.expireNow() || ticker.nanos() - publishedAtNanos >= republishNanos) {
      publishNow();
    }
  }

  @Override
  public void close() {
    check.close();
  }
}
