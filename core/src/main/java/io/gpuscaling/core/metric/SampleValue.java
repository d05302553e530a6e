package io.gpuscaling.core.metric;

/** What a sample says: a number, or that there is none and why. Unknown is never zero. */
public sealed interface SampleValue {

  /**
   * A number.
   *
   * @param value finite, in the unit that the metric's name says
   * @param exactness how it stands to the true one
   */
  record Known(double value, Exactness exactness) implements SampleValue {

    /** Refuses NaN and infinities: they are no measurement. */
    public Known {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("a sample must be finite: " + value);
      }
    }
  }

  /** No number. */
  record Unknown(UnknownReason reason) implements SampleValue {}

  /** An exact number. */
  static SampleValue exact(double value) {
    return new Known(value, Exactness.EXACT);
  }

  /** No number, for this reason. */
  static SampleValue unknown(UnknownReason reason) {
    return new Unknown(reason);
  }
}
