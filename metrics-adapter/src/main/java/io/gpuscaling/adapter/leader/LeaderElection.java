package io.gpuscaling.adapter.leader;

import io.gpuscaling.adapter.leader.LeaseStore.Loaded;
import io.gpuscaling.adapter.leader.LeaseStore.Saved;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.time.Ticker;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps trying to hold a Lease. It is held for two thirds of its duration from the moment before
 * the last renewal was sent, by this process's monotonic clock, which goes on while a process is
 * stopped; others take it after the whole duration without a change. Create, start, close; each
 * once. The close gives the Lease back, so that the next leader need not wait.
 */
public final class LeaderElection implements Leadership, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LeaderElection.class);

  /** Tries within one duration; with 15 s one every 2 s. */
  private static final int TRIES = 7;

  private final LeaseStore store;
  private final String identity;
  private final Duration duration;
  private final Ticker ticker;
  private final InstantSource clock;
  private final Gauge leads;
  private final PeriodicTask tries;

  /** Of the task's thread alone. */
  private @Nullable LeaseRecord seen;

  private String lastFailure = "";

  private volatile @Nullable Long changedAtNanos;
  private volatile @Nullable Long heldUntilNanos;

  /**
   * Does not try yet.
   *
   * @param identity of this process, not only of its host
   * @param duration after which a silent leader has lost it
   */
  public LeaderElection(
      LeaseStore store,
      String identity,
      Duration duration,
      Ticker ticker,
      InstantSource clock,
      CollectorRegistry registry) {
    this.store = store;
    this.identity = identity;
    this.duration = duration;
    this.ticker = ticker;
    this.clock = clock;
    this.leads =
        Gauge.build(
                "gpuscaling_policy_leader",
                "1 while this replica holds the Lease and decides for scaling policies, else 0.")
            .register(registry);
    this.tries = new PeriodicTask("lease-election", duration.dividedBy(TRIES), this::tryOnce);
  }

  /** Begins to try. */
  public void start() {
    tries.start();
  }

  @Override
  public boolean isHeld() {
    Long until = heldUntilNanos;
    return until != null && until - ticker.nanos() > 0;
  }

  @Override
  public Optional<Duration> heartbeatAge() {
    Long at = changedAtNanos;
    return at == null ? Optional.empty() : Optional.of(Duration.ofNanos(ticker.nanos() - at));
  }

  /** One reading, and one write when it is this replica's turn. */
  void tryOnce() {
    long before = ticker.nanos();
    switch (store.load()) {
      case Loaded.Failed(String sentence) -> failed(sentence);
      case Loaded.Absent() -> {
        LeaseRecord first = new LeaseRecord(identity, clock.instant(), 0);
        written(store.create(first), first, before);
      }
      case Loaded.Found(LeaseRecord lease, String version) -> {
        observe(lease, before);
        LeaseStep step =
            LeaseStep.next(
                lease, identity, heartbeatAge().orElse(Duration.ZERO), duration, clock.instant());
        switch (step) {
          case LeaseStep.Write(LeaseRecord next) ->
              written(store.save(next, version), next, before);
          case LeaseStep.Wait() -> {
            heldUntilNanos = null;
            lastFailure = "";
          }
        }
      }
    }
    leads.set(isHeld() ? 1 : 0);
  }

  private void observe(LeaseRecord lease, long atNanos) {
    if (!lease.equals(seen)) {
      // Who has given it back gives no sign of life.
      if (!lease.holder().isEmpty() || changedAtNanos == null) {
        changedAtNanos = atNanos;
      }
      seen = lease;
    }
  }

  private void written(Saved outcome, LeaseRecord lease, long sentAtNanos) {
    switch (outcome) {
      case Saved.Done() -> {
        if (!isHeld()) {
          log.atInfo().addKeyValue("identity", identity).log("leading");
        }
        observe(lease, sentAtNanos);
        heldUntilNanos = sentAtNanos + duration.multipliedBy(2).dividedBy(3).toNanos();
        lastFailure = "";
      }
      case Saved.Conflict() -> heldUntilNanos = null;
      case Saved.Failed(String sentence) -> failed(sentence);
    }
  }

  private void failed(String sentence) {
    if (!sentence.equals(lastFailure)) {
      log.atWarn().addKeyValue("reason", sentence).log("the lease of the leader cannot be renewed");
      lastFailure = sentence;
    }
  }

  @Override
  public void close() {
    tries.close();
    boolean wasHeld = isHeld();
    heldUntilNanos = null;
    if (wasHeld
        && store.load() instanceof Loaded.Found(LeaseRecord lease, String version)
        && lease.holder().equals(identity)) {
      var _ = store.save(new LeaseRecord("", clock.instant(), lease.transitions()), version);
    }
  }
}
