package io.gpuscaling.policy.spec;

import java.time.Duration;

/**
 * The wait before the next action.
 *
 * @param up since the last action up
 * @param down since the last action of either kind
 */
public record Cooldown(Duration up, Duration down) {

  /** Refuses waits into the past. */
  public Cooldown {
    if (up.isNegative() || down.isNegative()) {
      throw new IllegalArgumentException("cooldowns " + up + ", " + down);
    }
  }
}
