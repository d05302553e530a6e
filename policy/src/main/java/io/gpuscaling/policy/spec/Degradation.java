package io.gpuscaling.policy.spec;

import java.time.Duration;

/**
 * When the level of degradation rises and falls.
 *
 * @param after so long at the maximum (or the quota) with a breached up rule, or with a breached
 *     degrade rule, for each step up
 * @param recoverAfter so long without, for each step down
 */
public record Degradation(Duration after, Duration recoverAfter) {

  /** Refuses steps without time between them. */
  public Degradation {
    if (!after.isPositive() || !recoverAfter.isPositive()) {
      throw new IllegalArgumentException("degradation " + after + ", " + recoverAfter);
    }
  }
}
