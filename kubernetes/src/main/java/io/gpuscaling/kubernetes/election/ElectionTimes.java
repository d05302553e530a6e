package io.gpuscaling.kubernetes.election;

import java.time.Duration;

/**
 * When a Lease changes hands.
 *
 * @param leaseDuration how long others wait after they have seen a renewal; whole seconds, which is
 *     what a Lease can say
 * @param renewDeadline how long a holder acts after it has sent its last renewal that succeeded.
 *     Shorter than the duration: what it has begun must be over before another begins
 * @param renewInterval between two renewals; several fit into the deadline
 * @param observeInterval between two looks of one who does not hold it
 */
public record ElectionTimes(
    Duration leaseDuration,
    Duration renewDeadline,
    Duration renewInterval,
    Duration observeInterval) {

  /**
   * A holder that dies is replaced within 4.5 s and one request: 4 s after the others have seen its
   * last renewal, for which they look each 500 ms. An API server that does not answer ends it after
   * 3 s. Costs the API server one write each second, and two reads by each other replica.
   */
  public static final ElectionTimes DEFAULT =
      new ElectionTimes(
          Duration.ofSeconds(4),
          Duration.ofSeconds(3),
          Duration.ofSeconds(1),
          Duration.ofMillis(500));

  /** Renewals, or looks of the others, within one duration, by {@link #of}. */
  private static final int TRIES = 7;

  /**
   * Times in proportion: it is acted for two thirds of the duration, and there are seven tries in
   * it; with 15 s one every 2 s.
   *
   * @param duration is rounded up to whole seconds, which is what a Lease can say
   */
  public static ElectionTimes of(Duration duration) {
    Duration leaseDuration = Duration.ofSeconds(duration.plusSeconds(1).minusNanos(1).toSeconds());
    Duration interval = leaseDuration.dividedBy(TRIES);
    return new ElectionTimes(
        leaseDuration, leaseDuration.multipliedBy(2).dividedBy(3), interval, interval);
  }

  /** Refuses times that would let two act at once, or none for long. */
  public ElectionTimes {
    if (!leaseDuration.equals(Duration.ofSeconds(leaseDuration.toSeconds()))
        || leaseDuration.toSeconds() < 1) {
      throw new IllegalArgumentException("not whole seconds: " + leaseDuration);
    }
    if (renewDeadline.compareTo(leaseDuration) >= 0
        || renewInterval.compareTo(renewDeadline) >= 0
        || !renewInterval.isPositive()
        || !observeInterval.isPositive()) {
      throw new IllegalArgumentException(
          "needs 0 < renewInterval < renewDeadline < leaseDuration, 0 < observeInterval");
    }
  }
}
