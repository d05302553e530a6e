package io.gpuscaling.policy.state;

import java.time.Instant;

/**
 * The target's replicas were seen to follow a decision.
 *
 * @param at when it was seen
 * @param from before
 * @param to after; not {@code from}
 * @param continues whether it is the rest of an action that had begun before
 */
public record Change(Instant at, int from, int to, boolean continues) {

  /** Whether replicas were added. */
  public boolean isUp() {
    return to > from;
  }
}
