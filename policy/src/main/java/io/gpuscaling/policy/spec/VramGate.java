package io.gpuscaling.policy.spec;

import java.util.Optional;

/** Whether a GPU with room must be there before a replica is added. */
public sealed interface VramGate {

  /** Which size of GPU memory a replica needs, by its name; without one, whole GPUs count. */
  default Optional<String> size() {
    return Optional.empty();
  }

  /** Room is not looked at. */
  record Off() implements VramGate {}

  /** The nodes are what they are: nothing is added that would not fit. */
  record FixedPool(Optional<String> size) implements VramGate {
    /** By whole GPUs. */
    public FixedPool() {
      this(Optional.empty());
    }
  }

  /**
   * Nodes come when pods wait: so many may wait, so that the node autoscaler sees them.
   *
   * @param maxPending 1 or more
   */
  record AutoscaledPool(Optional<String> size, int maxPending) implements VramGate {
    /** By whole GPUs. */
    public AutoscaledPool(int maxPending) {
      this(Optional.empty(), maxPending);
    }

    /** Refuses a pool that could never grow. */
    public AutoscaledPool {
      if (maxPending < 1) {
        throw new IllegalArgumentException("max pending " + maxPending);
      }
    }
  }
}
