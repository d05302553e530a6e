package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.TargetEvent;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.state.Pending;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * By what policies are judged: whether and when targets follow, how long policies stay at their
 * limits, and what their targets use. Hours are counted by the replica that decides, so that sums
 * over replicas are right. Of the evaluator's thread alone.
 */
final class PolicyEffects {

  /** As the defaults of {@code spec.evaluationInterval} and {@code spec.applyDeadline} suggest. */
  private static final double[] SECONDS = {1, 5, 15, 30, 60, 120, 300, 600, 1800};

  /** A process that was stopped for longer does not know what was used meanwhile. */
  private static final Duration MAX_STEP = Duration.ofMinutes(1);

  private static final String NAMESPACE = "namespace";
  private static final String POLICY = "policy";

  private final Histogram actionTime;
  private final Gauge atLimit;
  private final Counter replicaSeconds;
  private final Counter gpuSeconds;
  private Set<PolicyName> known = Set.of();
  private long countedAtNanos;

  PolicyEffects(CollectorRegistry registry, long nowNanos) {
    countedAtNanos = nowNanos;
    actionTime =
        Histogram.build(
                "gpuscaling_policy_action_duration_seconds",
                "Time from a decision until its target had the replicas, by direction.")
            .labelNames("direction")
            .buckets(SECONDS)
            .register(registry);
    atLimit =
        Gauge.build(
                "gpuscaling_policy_at_limit",
                "1 while a rule asks for more replicas than the maximum or the pool allows, else"
                    + " 0.")
            .labelNames(NAMESPACE, POLICY)
            .register(registry);
    replicaSeconds =
        Counter.build(
                "gpuscaling_policy_replica_seconds_total",
                "Replicas of the policy's target times the seconds in which it was set to them,"
                    + " while this replica decides.")
            .labelNames(NAMESPACE, POLICY)
            .register(registry);
    gpuSeconds =
        Counter.build(
                "gpuscaling_policy_gpu_seconds_total",
                "The same times the GPUs that the target's pod template asks for.")
            .labelNames(NAMESPACE, POLICY)
            .register(registry);
  }

  void evaluated(PolicyName name, Decision decision) {
    atLimit.labels(name.namespace(), name.name()).set(decision.isAtLimit() ? 1 : 0);
  }

  void happened(TargetEvent event) {
    if (event instanceof TargetEvent.Reached(Pending decision, Instant at)) {
      actionTime
          .labels(decision.isUp() ? "up" : "down")
          .observe(Duration.between(decision.decidedAt(), at).toMillis() / 1e3);
    }
  }

  /**
   * What has been used since the last time.
   *
   * @param standings of all policies
   */
  void used(Map<PolicyName, Standing> standings, boolean isLeader, long nowNanos) {
    long nanos = nowNanos - countedAtNanos;
    countedAtNanos = nowNanos;
    boolean isCounted = isLeader && nanos > 0 && nanos <= MAX_STEP.toNanos();
    standings.forEach((name, standing) -> {
      if (isCounted && standing instanceof Steers steers) {
        double seconds = nanos / 1e9 * steers.replicas();
        replicaSeconds.labels(name.namespace(), name.name()).inc(seconds);
        gpuSeconds.labels(name.namespace(), name.name()).inc(seconds * gpus(steers));
      }
      if (standing instanceof Standing.Refused) {
        atLimit.labels(name.namespace(), name.name()).set(0); // it asks for nothing
      }
    });
  }

  private static double gpus(Steers steers) {
    return steers
        .target()
        .scale()
        .map(scale ->
            scale.requests().extended().entrySet().stream()
                .filter(it -> it.getKey().startsWith(Requests.GPU_RESOURCES))
                .mapToLong(Map.Entry::getValue)
                .sum())
        .orElse(0L);
  }

  /** Those of deleted policies go; the others are never away, or an alert would flap. */
  void forgetBeside(Collection<PolicyName> names) {
    for (PolicyName gone : known) {
      if (!names.contains(gone)) {
        atLimit.remove(gone.namespace(), gone.name());
        replicaSeconds.remove(gone.namespace(), gone.name());
        gpuSeconds.remove(gone.namespace(), gone.name());
      }
    }
    known = new HashSet<>(names);
  }
}
