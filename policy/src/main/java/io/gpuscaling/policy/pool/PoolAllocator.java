package io.gpuscaling.policy.pool;

import io.gpuscaling.policy.spec.PolicyName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Grants replicas to the policies of one pool: first every minimum, then what is wanted, each by
 * class and within a class by the age of the demand. What somebody has is taken away only when the
 * pool has shrunk below its use, or for a demand that reclaims; from the lowest class first, at its
 * down step, never below its minimum and never a busy one.
 */
public final class PoolAllocator {

  private static final Comparator<PoolDemand> FIRST_SERVED =
      Comparator.comparing(PoolDemand::workloadClass)
          .thenComparing(PoolDemand::since)
          .thenComparing(PoolDemand::policy);

  private PoolAllocator() {}

  /**
   * The most replicas of each policy. Their GPUs and the others together are never more than the
   * size, unless what is held already is.
   *
   * @param size GPUs that the pool has
   * @param usedByOthers GPUs that pods without a policy of this pool have requested
   */
  public static Map<PolicyName, Integer> allocate(
      long size, long usedByOthers, List<PoolDemand> demands) {
    Map<PolicyName, Integer> granted = new HashMap<>();
    long free = size - usedByOthers;
    for (PoolDemand demand : demands) {
      granted.put(demand.policy(), demand.heldReplicas());
      free -= (long) demand.heldReplicas() * demand.gpusPerReplica();
    }
    List<PoolDemand> firstServed = demands.stream().sorted(FIRST_SERVED).toList();
    if (free < 0) {
      take(-free, firstServed.reversed(), granted);
      return granted;
    }
    for (PoolDemand demand : firstServed) {
      free -= raise(demand, demand.minReplicas(), free, granted);
    }
    for (PoolDemand demand : firstServed) {
      long before = free;
      free -= raise(demand, demand.wantedReplicas(), free, granted);
      long missing =
          (long) demand.wantsMore() * demand.gpusPerReplica() - Math.max(0, before - free);
      if (demand.reclaims() && missing > 0) {
        List<PoolDemand> lower =
            firstServed.reversed().stream()
                .filter(it -> it.workloadClass().compareTo(demand.workloadClass()) > 0)
                .filter(it -> granted.getOrDefault(it.policy(), 0) <= it.heldReplicas())
                .toList();
        // What is taken is free when its pods are gone: in a later pass.
        take(missing, lower, granted);
      }
    }
    return granted;
  }

  private static long raise(
      PoolDemand demand, int wanted, long free, Map<PolicyName, Integer> granted) {
    int has = granted.getOrDefault(demand.policy(), 0);
    long fitting = Math.max(0, free) / demand.gpusPerReplica();
    int more = (int) Math.min(Math.max(0, wanted - has), fitting);
    granted.put(demand.policy(), has + more);
    return (long) more * demand.gpusPerReplica();
  }

  /**
   * Who is last served gives first. What he can give in later passes is not taken from a better one
   * now.
   */
  private static void take(
      long gpus, List<PoolDemand> lastServedFirst, Map<PolicyName, Integer> granted) {
    long missing = gpus;
    for (PoolDemand demand : lastServedFirst) {
      int has = granted.getOrDefault(demand.policy(), 0);
      int wanted = (int) Math.min(has, Math.ceilDiv(Math.max(0, missing), demand.gpusPerReplica()));
      int takeable = Math.max(0, has - demand.floor());
      granted.put(demand.policy(), has - Math.min(takeable, wanted));
      missing -=
          (long) Math.min(wanted, Math.max(0, has - demand.least())) * demand.gpusPerReplica();
    }
  }
}
