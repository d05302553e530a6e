package io.gpuscaling.policy.hpa;

import java.time.Duration;

/** One entry of {@code behavior.scaleUp.policies} or {@code behavior.scaleDown.policies}. */
public sealed interface RatePolicy {

  /** The time over which the change is counted. */
  Duration period();

  /** So many replicas a period. */
  record Pods(int count, Duration period) implements RatePolicy {

    /** Refuses what the API server refuses. */
    public Pods {
      requirePositive(count, period);
    }
  }

  /** So many percent of the replicas at the start of a period. */
  record Percent(int percent, Duration period) implements RatePolicy {

    /** Refuses what the API server refuses. */
    public Percent {
      requirePositive(percent, period);
    }
  }

  private static void requirePositive(int value, Duration period) {
    if (value <= 0 || !period.isPositive()) {
      throw new IllegalArgumentException("must be positive: " + value + " in " + period);
    }
  }
}
