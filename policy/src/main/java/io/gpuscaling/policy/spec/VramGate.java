package io.gpuscaling.policy.spec;

/** Whether a GPU with room must be there before a replica is added. */
public sealed interface VramGate {

  /** Room is not looked at. */
  record Off() implements VramGate {}

  /** The nodes are what they are: nothing is added that would not fit. */
  record FixedPool() implements VramGate {}

  /**
   * Nodes come when pods wait: so many may wait, so that the node autoscaler sees them.
   *
   * @param maxPending 1 or more
   */
  record AutoscaledPool(int maxPending) implements VramGate {
    /** Refuses a pool that could never grow. */
    public AutoscaledPool {
      if (maxPending < 1) {
        throw new IllegalArgumentException("max pending " + maxPending);
      }
    }
  }
}
