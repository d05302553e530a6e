package io.gpuscaling.policy.hpa;

import java.util.List;

/**
 * What an evaluation decided, with everything that explains it.
 *
 * @param current the replicas that were wanted before
 * @param desired the replicas that are wanted now
 * @param proposals of each metric, in the order of the spec; empty when the metrics were not asked
 * @param reason how it came about
 * @param next what is to be remembered, once {@code desired} has been written to the scale target
 */
public record HpaDecision(
    int current, int desired, List<MetricProposal> proposals, Reason reason, HpaState next) {

  /** Copies. */
  public HpaDecision {
    proposals = List.copyOf(proposals);
  }

  /** How a decision came about. */
  public sealed interface Reason {

    /** The target stands at 0 replicas and the minimum is not 0: somebody switched it off. */
    record SwitchedOff() implements Reason {}

    /** The replicas were outside the bounds; the metrics were not asked. */
    record OutOfBounds() implements Reason {}

    /** No metric has a value, or some have none and the others would scale down. */
    record Hold() implements Reason {}

    /**
     * By the metrics.
     *
     * @param metric the name of the one with the largest proposal
     * @param proposed the largest proposal
     * @param stabilized what the stabilization windows left of it
     * @param limit what bounded that in turn
     */
    record ByMetrics(String metric, int proposed, int stabilized, Limit limit) implements Reason {}
  }

  /** What bounded a decision. */
  public enum Limit {
    /** Nothing. */
    NONE,
    /** {@code spec.minReplicas}. */
    MIN_REPLICAS,
    /** {@code spec.maxReplicas}. */
    MAX_REPLICAS,
    /** The policies of {@code behavior.scaleUp}. */
    SCALE_UP_RATE,
    /** The policies of {@code behavior.scaleDown}. */
    SCALE_DOWN_RATE
  }
}
