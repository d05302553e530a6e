package io.gpuscaling.policy.observe;

import java.time.Instant;

/** What is known of one rule's metric at an evaluation. */
public sealed interface Observation {

  /**
   * A value.
   *
   * @param observedAt when it was true; the same instant twice is one data point
   * @param value finite, in the metric's unit
   * @param exactness how it stands to the true one
   * @param source where it comes from, for people
   */
  record Sampled(Instant observedAt, double value, Exactness exactness, String source)
      implements Observation {
    /** Refuses what is no number. */
    public Sampled {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("value " + value);
      }
    }
  }

  /** None, and why. */
  record Missing(String reason) implements Observation {}
}
