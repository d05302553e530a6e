package io.gpuscaling.policy.hpa;

/** What the metrics API answered for one metric. */
public sealed interface MetricReading {

  /** The sum of the items, in thousandths; not negative. */
  record Read(long milli) implements MetricReading {

    /** Refuses a negative sum, of which nothing is proposed. */
    public Read {
      if (milli < 0) {
        throw new IllegalArgumentException("negative: " + milli + "m");
      }
    }
  }

  /**
   * An error, or no item.
   *
   * @param why a sentence for people
   */
  record Missing(String why) implements MetricReading {}
}
