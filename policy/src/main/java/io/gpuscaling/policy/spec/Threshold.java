package io.gpuscaling.policy.spec;

/**
 * A value is compared with a number; when enough of them breach, replicas change.
 *
 * @param operator how they are compared
 * @param value finite, in the metric's unit
 * @param step how many replicas change
 */
public record Threshold(Operator operator, double value, Step step) {

  /** Refuses what nothing can be compared with. */
  public Threshold {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("threshold " + value);
    }
  }

  /** Whether a value breaches. */
  public boolean isBreachedBy(double observed) {
    return operator.holds(observed, value);
  }
}
