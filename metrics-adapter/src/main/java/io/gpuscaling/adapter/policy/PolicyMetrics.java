package io.gpuscaling.adapter.policy;

import io.gpuscaling.policy.degrade.ClassState;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.TargetEvent;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.WorkloadClass;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** The policies' own metrics. Safe for use by any thread. */
final class PolicyMetrics {

  private final Counter evaluations;
  private final Histogram evaluationTime;
  private final Counter actions;
  private final Counter writes;
  private final Gauge policies;
  private final Gauge paused;

  private final Gauge classState;
  private final Counter deletionCosts;
  private final Counter autoscalerWrites;
  private final Counter poolWrites;

  /** Of the evaluator's thread alone. */
  private Set<PolicyName> known = Set.of();

  PolicyMetrics(CollectorRegistry registry) {
    evaluations =
        Counter.build(
                "gpuscaling_policy_evaluations_total",
                "Evaluations of scaling policies on this replica, by state.")
            .labelNames("state")
            .register(registry);
    evaluationTime =
        Histogram.build(
                "gpuscaling_policy_evaluation_duration_seconds",
                "Time that one evaluation took, with what it observed.")
            .buckets(0.00001, 0.0001, 0.001, 0.01, 0.1, 1)
            .register(registry);
    actions =
        Counter.build(
                "gpuscaling_policy_actions_total",
                "What became of decisions that this replica took or followed, by direction and"
                    + " outcome.")
            .labelNames("direction", "outcome")
            .register(registry);
    writes =
        Counter.build(
                "gpuscaling_policy_status_writes_total", "Writes of policies' status, by outcome.")
            .labelNames("outcome")
            .register(registry);
    policies =
        Gauge.build(
                "gpuscaling_policies",
                "Scaling policies that are known, by whether they may steer.")
            .labelNames("ready")
            .register(registry);
    paused =
        Gauge.build(
                "gpuscaling_policy_paused",
                "1 while the runaway protection holds the policy's replicas, else 0.")
            .labelNames("namespace", "policy")
            .register(registry);
    classState =
        Gauge.build(
                "gpuscaling_policy_class_state",
                "1 for what applications are to do with work of a class: normal, queue, throttle or"
                    + " off; else 0. Of policies that degrade.")
            .labelNames("namespace", "policy", "class", "state")
            .register(registry);
    deletionCosts =
        Counter.build(
                "gpuscaling_policy_deletion_costs_total",
                "Deletion costs of pods that were lowered or cleared, by outcome.")
            .labelNames("change", "outcome")
            .register(registry);
    autoscalerWrites =
        Counter.build(
                "gpuscaling_policy_autoscaler_writes_total",
                "HorizontalPodAutoscalers of policies that were created, taken over, given back, or"
                    + " written back after somebody else had changed them, by outcome.")
            .labelNames("change", "outcome")
            .register(registry);
    poolWrites =
        Counter.build(
                "gpuscaling_pool_status_writes_total", "Writes of GPU pools' status, by outcome.")
            .labelNames("outcome")
            .register(registry);
  }

  void evaluated(Decision decision, long nanos) {
    evaluations.labels(decision.phase().word()).inc();
    evaluationTime.observe(nanos / 1e9);
  }

  void decided(boolean isUp) {
    actions.labels(direction(isUp), "decided").inc();
  }

  void happened(TargetEvent event) {
    switch (event) {
      case TargetEvent.Reached(var decision, _) ->
          actions.labels(direction(decision.isUp()), "reached").inc();
      case TargetEvent.NotReached(var decision, _) ->
          actions.labels(direction(decision.isUp()), "failed").inc();
      case TargetEvent.ChangedByOther(var decision, _, _) ->
          actions.labels(direction(decision.isUp()), "overtaken").inc();
      case TargetEvent.Tripped _, TargetEvent.Resumed _ -> {
        // Told by the gauge.
      }
    }
  }

  void written(StatusStore.Outcome outcome) {
    writes
        .labels(
            switch (outcome) {
              case StatusStore.Outcome.Written _ -> "done";
              case StatusStore.Outcome.Conflict() -> "conflict";
              case StatusStore.Outcome.Failed _ -> "failed";
            })
        .inc();
  }

  void deletionCost(String change, boolean isDone) {
    deletionCosts.labels(change, isDone ? "done" : "failed").inc();
  }

  void poolReported(boolean isDone) {
    poolWrites.labels(isDone ? "done" : "failed").inc();
  }

  void autoscalerWritten(String change, AutoscalerStore.Outcome outcome) {
    autoscalerWrites
        .labels(
            change,
            switch (outcome) {
              case AutoscalerStore.Outcome.Written() -> "done";
              case AutoscalerStore.Outcome.Conflict() -> "conflict";
              case AutoscalerStore.Outcome.Failed _ -> "failed";
            })
        .inc();
  }

  void known(int ready, int notReady) {
    policies.labels("true").set(ready);
    policies.labels("false").set(notReady);
  }

  /** What stands in the status of policies. */
  void recorded(Collection<PolicyRun> runs) {
    Set<PolicyName> names = HashSet.newHashSet(runs.size());
    for (PolicyRun run : runs) {
      PolicyObject object = run.object();
      names.add(object.name());
      paused
          .labels(object.name().namespace(), object.name().name())
          .set(object.status().actions().pause().isPresent() ? 1 : 0);
      degraded(object);
    }
    forgetBeside(names);
  }

  private void degraded(PolicyObject object) {
    boolean degrades = object.status().condition(Condition.DEGRADED).isPresent();
    for (WorkloadClass workload : WorkloadClass.values()) {
      ClassState now = object.status().degradation().of(workload);
      for (ClassState state : ClassState.values()) {
        String[] labels = labels(object.name(), workload, state);
        if (degrades) {
          classState.labels(labels).set(state == now ? 1 : 0);
        } else {
          classState.remove(labels);
        }
      }
    }
  }

  private static String[] labels(PolicyName name, WorkloadClass workload, ClassState state) {
    return new String[] {name.namespace(), name.name(), workload.word(), state.word()};
  }

  /** Those of deleted policies go; the others are never away, or an alert would flap. */
  private void forgetBeside(Set<PolicyName> names) {
    for (PolicyName gone : known) {
      if (!names.contains(gone)) {
        paused.remove(gone.namespace(), gone.name());
        for (WorkloadClass workload : WorkloadClass.values()) {
          for (ClassState state : ClassState.values()) {
            classState.remove(labels(gone, workload, state));
          }
        }
      }
    }
    known = names;
  }

  private static String direction(boolean isUp) {
    return isUp ? "up" : "down";
  }
}
