package io.gpuscaling.adapter.policy;

/** Finds out whether HPAs can go down to 0. Calls block; safe for use by any thread. */
@FunctionalInterface
public interface ScaleToZeroProbe {

  /**
   * Tries, and leaves nothing behind.
   *
   * @param namespace to try in
   */
  ScaleToZero probe(String namespace);
}
