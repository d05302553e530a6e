package io.gpuscaling.policy.spec;

import java.time.Duration;

/**
 * Pauses a policy that acts, or turns, more often in an hour than anybody would want.
 *
 * @param maxActions in any hour; one more pauses
 * @param maxDirectionChanges in any hour; one more pauses
 * @param resumeAfter how long the pause lasts, unless a person ends it
 */
public record Breaker(int maxActions, int maxDirectionChanges, Duration resumeAfter) {

  /** The span in which actions are counted. */
  public static final Duration WINDOW = Duration.ofHours(1);

  /** Refuses a breaker that cannot close again, or that trips at once. */
  public Breaker {
    if (maxActions < 1 || maxDirectionChanges < 1 || !resumeAfter.isPositive()) {
      throw new IllegalArgumentException(
          maxActions + " actions, " + maxDirectionChanges + " changes, " + resumeAfter);
    }
  }
}
