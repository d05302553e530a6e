package io.gpuscaling.policy.spec;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * How cautiously an environment scales; changes a policy before it is evaluated.
 *
 * @param name for people
 * @param isScalingEnabled otherwise the policy computes and shows, but keeps the replicas
 * @param aggressiveness as written, or half as eager
 * @param costPriority whether replicas go earlier
 */
public record Profile(
    String name,
    boolean isScalingEnabled,
    Aggressiveness aggressiveness,
    CostPriority costPriority) {

  /** How eagerly. */
  public enum Aggressiveness {
    /** As the policy is written. */
    MODERATE,
    /** N, M and cooldowns doubled, steps halved. */
    CONSERVATIVE
  }

  /** How early replicas go. */
  public enum CostPriority {
    /** As the policy is written. */
    BALANCED,
    /** The cooldown of scaling down halved. */
    COST_OPTIMIZED
  }

  /** The policy in this environment. */
  public Policy apply(Policy policy) {
    return policy.with(
        policy.rules().stream().map(this::apply).toList(),
        apply(policy.cooldown()),
        policy.schedule().stream().map(this::apply).toList(),
        policy.evaluationInterval(),
        policy.isShadow() || !isScalingEnabled);
  }

  private Rule apply(Rule rule) {
    int factor = aggressiveness == Aggressiveness.CONSERVATIVE ? 2 : 1;
    return new Rule(
        rule.name(),
        rule.metric(),
        apply(rule.response()),
        rule.evaluationPeriods() * factor,
        rule.dataPointsToAlarm() * factor,
        rule.cooldown().map(this::apply),
        rule.effect());
  }

  private ScheduleWindow apply(ScheduleWindow window) {
    Map<String, Response> responses = new HashMap<>();
    window.responses().forEach((rule, response) -> responses.put(rule, apply(response)));
    return new ScheduleWindow(
        window.name(),
        window.when(),
        window.minReplicas(),
        window.maxReplicas(),
        responses,
        window.isPaused(),
        window.isImmediate());
  }

  private Response apply(Response response) {
    return aggressiveness == Aggressiveness.CONSERVATIVE ? halved(response) : response;
  }

  private static Response halved(Response response) {
    return switch (response) {
      case Response.Thresholds(var up, var down) ->
          new Response.Thresholds(up.map(Profile::halved), down.map(Profile::halved));
      case Response.Proportional(double target, var up, var down) ->
          new Response.Proportional(target, halved(up), halved(down));
    };
  }

  private static OptionalInt halved(OptionalInt step) {
    return step.isEmpty() ? step : OptionalInt.of(Math.max(1, step.getAsInt() / 2));
  }

  private static Threshold halved(Threshold threshold) {
    return new Threshold(threshold.operator(), threshold.value(), threshold.step().halved());
  }

  private Cooldown apply(Cooldown cooldown) {
    int factor = aggressiveness == Aggressiveness.CONSERVATIVE ? 2 : 1;
    Duration down = cooldown.down().multipliedBy(factor);
    return new Cooldown(
        cooldown.up().multipliedBy(factor),
        costPriority == CostPriority.COST_OPTIMIZED ? down.dividedBy(2) : down);
  }
}
