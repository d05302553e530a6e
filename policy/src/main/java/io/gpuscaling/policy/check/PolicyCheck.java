package io.gpuscaling.policy.check;

import io.gpuscaling.policy.check.CheckReport.Fault;
import io.gpuscaling.policy.engine.Engine;
import io.gpuscaling.policy.engine.Evaluation;
import io.gpuscaling.policy.engine.TargetEvent;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Operator;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.Threshold;
import io.gpuscaling.policy.state.EngineState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Lets the engine itself climb from the minimum, with every up rule breached at every evaluation
 * and a target that follows at once: nothing can be faster. What falls short then falls short of
 * the load in any case.
 */
public final class PolicyCheck {

  /** Nobody waits longer for a maximum. */
  public static final Duration LONGEST = Duration.ofDays(7);

  /** Far beyond any threshold, and still a number that divides. */
  private static final double HUGE = 1e9;

  private static final double FULL_UTILIZATION = 100;
  private static final String TASKS_PER_NODE = "active_gpu_processing_tasks_per_worker_node";

  private PolicyCheck() {}

  /** One way up. */
  private record Climb(
      Optional<Duration> toMax,
      Optional<Duration> toNeeded,
      int shortfall,
      Duration shortfallAfter,
      Optional<Fault> tripped) {}

  /**
   * Checks the figures.
   *
   * @param quota the most replicas that the policy's pool could grant, if it has one
   * @param start where the schedule is taken from
   */
  public static CheckReport check(
      Policy policy, ExpectedLoad load, OptionalInt quota, Instant start) {
    List<Fault> faults = new ArrayList<>();
    int max = Math.min(policy.bounds().maxReplicas(), quota.orElse(Integer.MAX_VALUE));
    int needed = load.replicasAtPeak();
    if (policy.bounds().maxReplicas() < needed) {
      faults.add(
          new Fault.MaximumTooSmall(
              policy.bounds().maxReplicas(),
              needed,
              load.servedPerSecond(policy.bounds().maxReplicas())));
    } else if (max < needed) {
      faults.add(new Fault.QuotaTooSmall(max, needed));
    }
    if (policy.rules().stream().noneMatch(PolicyCheck::canRaise)) {
      faults.add(new Fault.NoUpRule());
    }
    for (Rule rule : policy.rules()) {
      pinned(rule, load).ifPresent(faults::add);
    }
    Climb climb = climb(policy, load, quota, start);
    int reachable = Math.min(needed, max);
    if (climb.toNeeded().filter(it -> it.compareTo(load.ramp()) <= 0).isEmpty()) {
      faults.add(new Fault.TooSlow(climb.toNeeded(), load.ramp(), reachable));
    }
    if (climb.shortfall() > 0) {
      faults.add(new Fault.FallsBehind(climb.shortfall(), climb.shortfallAfter()));
    }
    climb.tripped().ifPresent(faults::add);
    return new CheckReport(needed, max, climb.toMax(), climb.shortfall(), faults);
  }

  private static boolean canRaise(Rule rule) {
    return rule.effect() == Rule.Effect.SCALE
        && switch (rule.response()) {
          case Response.Thresholds thresholds -> thresholds.up().isPresent();
          case Response.Proportional _ -> true;
        };
  }

  /** Rules whose thresholds lie where no value can be. */
  private static Optional<Fault> pinned(Rule rule, ExpectedLoad load) {
    if (!(rule.response() instanceof Response.Thresholds(var up, var down))) {
      return Optional.empty();
    }
    double largest = largest(rule.metric(), load);
    if (up.isPresent() && up.get().operator().isUpward() && !up.get().isBreachedBy(largest)) {
      return Optional.of(new Fault.NeverRaises(rule.name(), up.get().value(), largest));
    }
    if (down.isPresent() && !down.get().operator().isUpward() && !down.get().isBreachedBy(0)) {
      return Optional.of(new Fault.NeverLowers(rule.name(), down.get().value()));
    }
    return Optional.empty();
  }

  private static double largest(MetricRef metric, ExpectedLoad load) {
    return switch (metric) {
      case MetricRef.OfTarget(String name) when name.equals(TASKS_PER_NODE) ->
          load.tasksPerReplica();
      case MetricRef.Utilization(var _, MetricRef.Resource resource)
          when resource == MetricRef.Resource.MEMORY ->
          FULL_UTILIZATION;
      case MetricRef.OfTarget _,
          MetricRef.Series _,
          MetricRef.Query _,
          // More CPU than requested may be used.
          MetricRef.Utilization _ ->
          Double.MAX_VALUE;
    };
  }

  private static Climb climb(Policy policy, ExpectedLoad load, OptionalInt quota, Instant start) {
    EngineState state = EngineState.EMPTY;
    int replicas = policy.bounds().minReplicas();
    int max = Math.min(policy.bounds().maxReplicas(), quota.orElse(Integer.MAX_VALUE));
    int reachable = Math.min(load.replicasAtPeak(), max);
    Optional<Duration> toNeeded = Optional.empty();
    Optional<Fault> tripped = Optional.empty();
    int shortfall = 0;
    Duration shortfallAfter = Duration.ZERO;
    int actions = 0;
    Duration since = Duration.ZERO;
    while (since.compareTo(LONGEST) < 0) {
      Instant now = start.plus(since);
      Evaluation evaluation =
          Engine.evaluate(
              policy,
              Observations.of(breached(policy, now), replicas).withQuota(quota),
              state,
              now);
      int desired = evaluation.decision().desiredReplicas();
      actions += desired > replicas ? 1 : 0;
      replicas = desired;
      state = Engine.follow(policy, replicas, evaluation.state(), now);
      for (TargetEvent event : evaluation.events()) {
        if (event instanceof TargetEvent.Tripped && tripped.isEmpty()) {
          tripped =
              Optional.of(
                  new Fault.BreakerTrips(
                      since, replicas, policy.breaker().maxActions(), actions + 1));
        }
      }
      int missing = Math.min(max, load.replicasAt(since)) - replicas;
      if (missing > shortfall) {
        shortfall = missing;
        shortfallAfter = since;
      }
      if (replicas >= reachable && toNeeded.isEmpty()) {
        toNeeded = Optional.of(since);
      }
      if (replicas >= max) {
        return new Climb(Optional.of(since), toNeeded, shortfall, shortfallAfter, tripped);
      }
      since = since.plus(policy.evaluationInterval());
    }
    return new Climb(Optional.empty(), toNeeded, shortfall, shortfallAfter, tripped);
  }

  private static Map<String, Observation> breached(Policy policy, Instant now) {
    Map<String, Observation> seen = HashMap.newHashMap(policy.rules().size());
    for (Rule rule : policy.rules()) {
      if (canRaise(rule)) {
        seen.put(
            rule.name(),
            new Observation.Sampled(now, breaching(rule.response()), Exactness.EXACT, "check"));
      }
    }
    return seen;
  }

  private static double breaching(Response response) {
    return switch (response) {
      case Response.Proportional _ -> HUGE;
      case Response.Thresholds(Optional<Threshold> up, var _) -> {
        Operator operator = up.map(Threshold::operator).orElse(Operator.GREATER_THAN);
        yield operator.isUpward() ? HUGE : -HUGE;
      }
    };
  }
}
