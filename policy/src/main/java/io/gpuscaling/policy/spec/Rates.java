package io.gpuscaling.policy.spec;

import java.time.Duration;
import java.util.Optional;

/** The most replicas that are added, and removed, within any window of a length. */
public record Rates(Optional<Rate> up, Optional<Rate> down) {

  /**
   * In any window of this length at most so many replicas.
   *
   * @param replicas 1 or more
   * @param period positive
   */
  public record Rate(int replicas, Duration period) {
    /** Refuses a rate at which nothing moves. */
    public Rate {
      if (replicas < 1 || !period.isPositive()) {
        throw new IllegalArgumentException(replicas + " replicas in " + period);
      }
    }
  }
}
