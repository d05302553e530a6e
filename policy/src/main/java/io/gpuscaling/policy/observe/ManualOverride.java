package io.gpuscaling.policy.observe;

import java.time.Instant;

/**
 * What a person has told a policy to do for a while.
 *
 * @param order what to do
 * @param until its end
 */
public record ManualOverride(Order order, Instant until) {

  /** An order. */
  public sealed interface Order {
    /** The replicas stay as they are. */
    record Pause() implements Order {}

    /** The replicas become this many, and stay. 0 or more. */
    record PauseAt(int replicas) implements Order {}

    /** Nothing is added. */
    record HoldUp() implements Order {}

    /** Nothing is removed. */
    record HoldDown() implements Order {}
  }

  /** Whether it still holds. */
  public boolean isActive(Instant now) {
    return now.isBefore(until);
  }
}
