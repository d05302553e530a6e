package io.gpuscaling.policy.hpa;

/**
 * The replicas of a scale target.
 *
 * @param spec what is wanted ({@code spec.replicas})
 * @param status what exists ({@code status.replicas})
 * @param ready running pods that are ready
 */
public record Replicas(int spec, int status, int ready) {

  /** Refuses negative numbers. */
  public Replicas {
    if (spec < 0 || status < 0 || ready < 0) {
      throw new IllegalArgumentException("negative: " + spec + ", " + status + ", " + ready);
    }
  }

  /** A target at rest: as many exist and are ready as are wanted. */
  public static Replicas settled(int replicas) {
    return new Replicas(replicas, replicas, replicas);
  }
}
