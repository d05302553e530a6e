package io.gpuscaling.policy.spec;

/**
 * The fewest and the most replicas.
 *
 * @param minReplicas 0 or more
 * @param maxReplicas at least {@code minReplicas}
 */
public record Bounds(int minReplicas, int maxReplicas) {

  /** Refuses what is no range. */
  public Bounds {
    if (minReplicas < 0 || maxReplicas < minReplicas) {
      throw new IllegalArgumentException("min " + minReplicas + ", max " + maxReplicas);
    }
  }
}
