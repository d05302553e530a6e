package io.gpuscaling.policy.spec;

import java.util.Optional;

/**
 * One observed series, and what follows from it.
 *
 * @param name of the rule, once in a policy
 * @param metric what is observed
 * @param response how a value becomes a proposal
 * @param evaluationPeriods N: so many evaluations are looked back upon; 1 or more
 * @param dataPointsToAlarm M: so many of them must breach; 1 to N
 * @param cooldown of its own instead of the policy's
 * @param effect what a breach does besides scaling
 */
public record Rule(
    String name,
    MetricRef metric,
    Response response,
    int evaluationPeriods,
    int dataPointsToAlarm,
    Optional<Cooldown> cooldown,
    Effect effect) {

  /** What a breached up threshold of a rule does. */
  public enum Effect {
    /** It asks for more replicas. */
    SCALE,
    /** It raises the level of degradation, and neither raises nor lowers replicas. */
    DEGRADE,
    /** It raises the level of degradation, and while it does nothing is added. */
    DEGRADE_AND_FORBID_UP
  }

  /** Refuses an M that N cannot give. */
  public Rule {
    if (evaluationPeriods < 1 || dataPointsToAlarm < 1 || dataPointsToAlarm > evaluationPeriods) {
      throw new IllegalArgumentException(dataPointsToAlarm + " of " + evaluationPeriods);
    }
  }
}
