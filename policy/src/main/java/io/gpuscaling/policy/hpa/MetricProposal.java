package io.gpuscaling.policy.hpa;

/** What one metric proposes, and why. */
public sealed interface MetricProposal {

  /** The metric. */
  HpaMetric metric();

  /**
   * So many replicas.
   *
   * @param milli the value, in thousandths
   * @param usageRatio the value against the target; 1 is on target, NaN for 0 of 0
   * @param isWithinTolerance whether the ratio was near enough to 1 to change nothing
   */
  record Replicas(
      HpaMetric metric, long milli, double usageRatio, boolean isWithinTolerance, int replicas)
      implements MetricProposal {}

  /** None, since there is no value. */
  record None(HpaMetric metric, String why) implements MetricProposal {}
}
