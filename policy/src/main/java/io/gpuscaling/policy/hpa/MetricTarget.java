package io.gpuscaling.policy.hpa;

/** What a metric of an HPA is compared with; the same for External and Object metrics. */
public sealed interface MetricTarget {

  /** The value divided by the replicas is to be so many thousandths. */
  record AverageValue(long milli) implements MetricTarget {

    /** Refuses a target that the API server refuses. */
    public AverageValue {
      requirePositive(milli);
    }
  }

  /** The value itself is to be so many thousandths. */
  record Value(long milli) implements MetricTarget {

    /** Refuses a target that the API server refuses. */
    public Value {
      requirePositive(milli);
    }
  }

  private static void requirePositive(long milli) {
    if (milli <= 0) {
      throw new IllegalArgumentException("a target value must be positive: " + milli + "m");
    }
  }
}
