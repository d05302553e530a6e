package io.gpuscaling.policy.spec;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One scaling policy for one scale target.
 *
 * @param name of the policy
 * @param target what is scaled
 * @param workloadClass who comes first when a pool is too small for all
 * @param bounds of every decision, unless a schedule window replaces them
 * @param evaluationInterval how often the policy is evaluated; positive
 * @param rules in the order in which they are shown; the names differ
 * @param cooldown for rules that have none of their own
 * @param rates per direction
 * @param breaker against a policy that runs away
 * @param schedule windows; the first active one wins
 * @param fallback while a source is lost
 * @param busyFloor whether workers with a running task are never asked to go
 * @param vramGate whether a GPU with room must be there before a replica is added
 * @param warmUp how long a new replica counts as coming capacity for {@code vramGate}
 * @param applyDeadline after which a decision that the target did not follow has failed
 * @param pool whose quota binds, if any
 * @param reclaim whether replicas may be taken from lower classes when the pool is full
 * @param degradation what rises when the policy stays at a limit, if anything
 * @param isShadow computes and shows, but keeps the replicas
 */
public record Policy(
    PolicyName name,
    ScaleTarget target,
    WorkloadClass workloadClass,
    Bounds bounds,
    Duration evaluationInterval,
    List<Rule> rules,
    Cooldown cooldown,
    Rates rates,
    Breaker breaker,
    List<ScheduleWindow> schedule,
    Fallback fallback,
    boolean busyFloor,
    VramGate vramGate,
    Duration warmUp,
    Duration applyDeadline,
    Optional<String> pool,
    boolean reclaim,
    Optional<Degradation> degradation,
    boolean isShadow) {

  /** Copies, and refuses what no policy may be. */
  public Policy {
    rules = List.copyOf(rules);
    schedule = List.copyOf(schedule);
    if (!evaluationInterval.isPositive() || !applyDeadline.isPositive() || warmUp.isNegative()) {
      throw new IllegalArgumentException("interval, deadline and warm-up of " + name);
    }
    Set<String> names = new HashSet<>();
    for (Rule rule : rules) {
      if (!names.add(rule.name())) {
        throw new IllegalArgumentException("two rules called " + rule.name());
      }
    }
  }

  /** The same policy, evaluated so often. */
  public Policy withEvaluationInterval(Duration interval) {
    return with(rules, cooldown, schedule, interval, isShadow);
  }

  /** The same policy, shown only, or steering. */
  public Policy withShadow(boolean shadow) {
    return with(rules, cooldown, schedule, evaluationInterval, shadow);
  }

  Policy with(
      List<Rule> newRules,
      Cooldown newCooldown,
      List<ScheduleWindow> newSchedule,
      Duration newInterval,
      boolean shadow) {
    return new Policy(
        name,
        target,
        workloadClass,
        bounds,
        newInterval,
        newRules,
        newCooldown,
        rates,
        breaker,
        newSchedule,
        fallback,
        busyFloor,
        vramGate,
        warmUp,
        applyDeadline,
        pool,
        reclaim,
        degradation,
        shadow);
  }
}
