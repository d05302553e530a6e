package io.gpuscaling.policy.state;

import java.time.Instant;

/**
 * The breaker has tripped.
 *
 * @param since when
 * @param until when it closes by itself
 * @param cause what was too much
 */
public record Pause(Instant since, Instant until, Cause cause) {

  /** What was too much. */
  public enum Cause {
    ACTIONS,
    DIRECTION_CHANGES
  }
}
