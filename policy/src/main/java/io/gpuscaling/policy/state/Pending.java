package io.gpuscaling.policy.state;

import java.time.Instant;

/**
 * A decision that the target has not followed yet.
 *
 * @param decidedAt when it was taken
 * @param from the replicas then, or those that were seen last on the way
 * @param to the replicas wanted; not {@code from}
 * @param hasBegun whether the target was seen on its way
 * @param isRest whether it is the rest of a step that the rate has cut
 */
public record Pending(Instant decidedAt, int from, int to, boolean hasBegun, boolean isRest) {

  /** Whether replicas are added. */
  public boolean isUp() {
    return to > from;
  }
}
