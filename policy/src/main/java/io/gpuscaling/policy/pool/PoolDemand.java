package io.gpuscaling.policy.pool;

import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.WorkloadClass;
import java.time.Instant;

/**
 * What one policy has of a pool, and wants.
 *
 * @param policy whose
 * @param workloadClass who comes first; not above what the pool grants its namespace
 * @param gpusPerReplica from the pod template; 1 or more
 * @param minReplicas that it keeps whatever happens
 * @param heldReplicas {@code spec.replicas}, or what a pending decision makes of it if that is more
 * @param wantedReplicas before the quota; at least the minimum
 * @param busyReplicas that are not taken from it
 * @param downStep the most that is taken from it in one pass; 1 or more
 * @param since when it began to want more than it has
 * @param reclaims whether replicas of lower classes may be taken for it
 */
public record PoolDemand(
    PolicyName policy,
    WorkloadClass workloadClass,
    int gpusPerReplica,
    int minReplicas,
    int heldReplicas,
    int wantedReplicas,
    int busyReplicas,
    int downStep,
    Instant since,
    boolean reclaims) {

  /** Refuses what cannot be divided. */
  public PoolDemand {
    if (gpusPerReplica < 1 || minReplicas < 0 || heldReplicas < 0 || downStep < 1) {
      throw new IllegalArgumentException("demand of " + policy);
    }
  }

  /** The same, with so many replicas held. */
  public PoolDemand withHeld(int replicas) {
    return new PoolDemand(
        policy,
        workloadClass,
        gpusPerReplica,
        minReplicas,
        replicas,
        wantedReplicas,
        busyReplicas,
        downStep,
        since,
        reclaims);
  }

  /** The same demand, that old. */
  public PoolDemand withSince(Instant began) {
    return new PoolDemand(
        policy,
        workloadClass,
        gpusPerReplica,
        minReplicas,
        heldReplicas,
        wantedReplicas,
        busyReplicas,
        downStep,
        began,
        reclaims);
  }

  /** How many replicas it wants beside those that it has. */
  public int wantsMore() {
    return Math.max(0, wantedReplicas - heldReplicas);
  }

  /** The fewest replicas that it may be left with. */
  int least() {
    return Math.min(heldReplicas, Math.max(minReplicas, busyReplicas));
  }

  /** The fewest replicas that one pass may leave it. */
  int floor() {
    return Math.max(least(), heldReplicas - downStep);
  }
}
