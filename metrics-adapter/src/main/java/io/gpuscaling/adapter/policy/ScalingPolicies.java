package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.metrics.ClusterView;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.time.Ticker;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The evaluation of scaling policies as a part of the program: one thread that decides, and short
 * ones that write. Create, start, close; each once. While it is closed nothing is written any more.
 */
public final class ScalingPolicies implements AutoCloseable {

  /** From the end of one round to the next; how exactly an interval is kept. */
  private static final Duration ROUND_INTERVAL = Duration.ofMillis(250);

  private final ExecutorService writers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("policy-write-", 0).factory());
  private final PeriodicTask rounds;

  /**
   * The ports to the world.
   *
   * @param objects where policies come from
   * @param statuses where what is decided is kept
   * @param scales the targets themselves, read anew
   * @param outside sources beside our own store
   * @param deletions how pods are let go first, if that is wanted
   * @param autoscalers where HPAs of policies are written, if that is wanted
   * @param scaleToZero whether HPAs can go down to 0, as far as that is known
   * @param pools where the status of pools is kept, if anywhere
   * @param news where people hear of it
   * @param leadership who may act
   * @param leaseDuration twice this without a sign of the leader, and nothing is served
   */
  public record Ports(
      PolicyObjects objects,
      StatusStore statuses,
      ScaleReader scales,
      OutsideSources outside,
      Optional<DeletionCosts> deletions,
      Optional<AutoscalerStore> autoscalers,
      Supplier<ScaleToZero> scaleToZero,
      Optional<PoolStatusStore> pools,
      PolicyNews news,
      Leadership leadership,
      Duration leaseDuration) {}

  /**
   * Does not evaluate yet.
   *
   * @param metrics what rules observe
   * @param served where the numbers are published
   */
  public ScalingPolicies(
      Ports ports,
      ClusterView cluster,
      ServedMetrics metrics,
      ServedPolicies served,
      Ticker ticker,
      InstantSource clock,
      CollectorRegistry registry) {
    var counts = new PolicyMetrics(registry);
    var deletions = new DeletionOrders(ports.deletions(), writers, counts);
    var evaluator =
        new PolicyEvaluator(
            new PolicyEvaluator.Parts(
                ports.objects(),
                cluster,
                metrics,
                ports.outside(),
                ports.leadership(),
                ports.leaseDuration(),
                new StatusWrites(ports.statuses(), ports.scales(), ports.leadership(), deletions),
                deletions,
                new AutoscalerKeeper(
                    ports.autoscalers(), ports.leadership(), writers, ports.news(), counts),
                ports.scaleToZero(),
                new PoolReports(ports.pools(), writers, counts),
                writers,
                ports.news(),
                served,
                counts,
                new PolicyEffects(registry, ticker.nanos()),
                ticker,
                clock));
    this.rounds = new PeriodicTask("policies", ROUND_INTERVAL, evaluator::round);
  }

  /** Begins to evaluate. */
  public void start() {
    rounds.start();
  }

  @Override
  public void close() {
    rounds.close();
    writers.shutdownNow();
  }
}
