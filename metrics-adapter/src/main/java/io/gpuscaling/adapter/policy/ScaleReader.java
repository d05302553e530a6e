package io.gpuscaling.adapter.policy;

import io.gpuscaling.policy.spec.ScaleTarget;

/** Reads the replicas of a target, not from a cache. Blocks, with a deadline of its own. */
@FunctionalInterface
public interface ScaleReader {

  /** What reading came to. */
  sealed interface Replicas {
    /** {@code spec.replicas}. */
    record Known(int replicas) implements Replicas {}

    /**
     * Nobody can say.
     *
     * @param sentence why
     */
    record Unknown(String sentence) implements Replicas {}
  }

  /** The replicas that a target is set to now. */
  Replicas read(String namespace, ScaleTarget target);
}
