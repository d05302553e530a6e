package io.gpuscaling.adapter.leader;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.election.ElectionListener;
import io.gpuscaling.kubernetes.election.ElectionTimes;
import io.gpuscaling.kubernetes.election.LeaderElector;
import io.gpuscaling.kubernetes.election.LeaseStore;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads while it holds the Lease of the policies; says so by a gauge and in the log. Create, start,
 * close; each once. The close gives the Lease back, so that the next leader need not wait.
 */
public final class ElectedLeadership implements Leadership, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ElectedLeadership.class);

  private final LeaderElector elector;

  /**
   * Does not try yet.
   *
   * @param lease its name
   * @param identity of this process, not only of its host
   * @param duration after which a silent leader has lost it, rounded up to whole seconds
   */
  public ElectedLeadership(
      String lease,
      LeaseStore store,
      String identity,
      Duration duration,
      Ticker ticker,
      InstantSource clock,
      CollectorRegistry registry) {
    Gauge leads =
        Gauge.build(
                "gpuscaling_policy_leader",
                "1 while this replica holds the Lease and decides for scaling policies, else 0.")
            .register(registry);
    this.elector =
        new LeaderElector(
            lease,
            identity,
            store,
            ElectionTimes.of(duration),
            new News(identity, leads),
            ticker,
            clock);
  }

  /** Begins to try. */
  public void start() {
    elector.start();
  }

  @Override
  public boolean isHeld() {
    return elector.isHeld();
  }

  @Override
  public Optional<Duration> heartbeatAge() {
    return elector.heartbeatAge();
  }

  @Override
  public void close() {
    elector.close();
  }

  /** Of the elector's thread alone. */
  private static final class News implements ElectionListener {
    private final String identity;
    private final Gauge leads;
    private String lastFailure = "";

    News(String identity, Gauge leads) {
      this.identity = identity;
      this.leads = leads;
    }

    @Override
    public void elected() {
      leads.set(1);
      log.atInfo().addKeyValue("identity", identity).log("leading");
    }

    @Override
    public void dismissed(String why) {
      leads.set(0);
      log.atInfo().addKeyValue("reason", why).log("leading no more");
    }

    @Override
    public void asked(String outcome, String detail) {
      if (!detail.isEmpty() && !detail.equals(lastFailure)) {
        log.atWarn().addKeyValue("reason", detail).log("the lease of the leader cannot be used");
      }
      lastFailure = detail;
    }
  }
}
