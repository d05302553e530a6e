package io.gpuscaling.adapter.pool;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.policy.pool.PoolAllocator;
import io.gpuscaling.policy.pool.PoolDemand;
import io.gpuscaling.policy.spec.PolicyName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Divides each pool among its policies. First all that are evaluated now claim, then each gets its
 * part; of those that are not evaluated now the newest claim is remembered. What is decided counts
 * from that moment on. Of the evaluator's thread alone.
 */
public final class PoolQuotas {

  private final Map<String, Map<PolicyName, PoolClaim>> claims = new HashMap<>();

  /** Of this round. */
  private final Map<String, PoolStock> stocks = new HashMap<>();

  /** The cluster is looked at anew, and the claims of all policies but these are forgotten. */
  public void beginRound(Set<PolicyName> policies) {
    claims.values().forEach(it -> it.keySet().retainAll(policies));
    claims.values().removeIf(Map::isEmpty);
    stocks.clear();
  }

  /**
   * What a policy asks for from now on.
   *
   * @param claim with the instant of this evaluation as its age
   * @param counts whether others are to respect it: not of a policy that steers nothing
   * @return the claim as old as it is
   */
  public PoolClaim claim(String pool, PoolClaim claim, boolean counts) {
    PolicyName policy = claim.demand().policy();
    Map<PolicyName, PoolClaim> ofPool = claims.computeIfAbsent(pool, _ -> new HashMap<>());
    PoolClaim aged = aged(claim, ofPool.get(policy));
    if (counts) {
      ofPool.put(policy, aged);
    } else {
      ofPool.remove(policy);
    }
    return aged;
  }

  /** The most replicas that a policy may have now, beside what all others claim. */
  public int quota(GpuPool pool, ClusterSnapshot cluster, Fitness fitness, PoolClaim claim) {
    String name = pool.metadata().name();
    Map<PolicyName, PoolClaim> all = new HashMap<>(claims.getOrDefault(name, Map.of()));
    all.put(claim.demand().policy(), claim);
    PoolStock stock = stocks.computeIfAbsent(name, _ -> PoolStock.of(pool, cluster, fitness));
    return granted(stock, List.copyOf(all.values()), claim);
  }

  /** How large a pool is, how much of it is taken, and what is asked of it. */
  public PoolAccount account(GpuPool pool, ClusterSnapshot cluster, Fitness fitness) {
    String name = pool.metadata().name();
    PoolStock stock = stocks.computeIfAbsent(name, _ -> PoolStock.of(pool, cluster, fitness));
    long used = stock.requestedGpus();
    SortedMap<PolicyName, Long> minimums = new TreeMap<>();
    for (PoolClaim claim : claims.getOrDefault(name, Map.of()).values()) {
      used += Math.max(0, claim.heldGpus() - stock.requestedBy(claim.owner()));
      PoolDemand demand = claim.demand();
      minimums.put(demand.policy(), (long) demand.minReplicas() * demand.gpusPerReplica());
    }
    return new PoolAccount(
        new PoolUse(Math.min(stock.limitGpus(), stock.offeredGpus()), used),
        stock.nodes(),
        stock.nodesWithGpus(),
        stock.offeredGpus(),
        minimums);
  }

  /** A policy has decided: what it takes, others cannot take. */
  public void decided(String pool, PolicyName policy, int desiredReplicas) {
    Map<PolicyName, PoolClaim> ofPool = claims.getOrDefault(pool, Map.of());
    PoolClaim claim = ofPool.get(policy);
    if (claim != null && desiredReplicas > claim.demand().heldReplicas()) {
      ofPool.put(
          policy,
          new PoolClaim(
              claim.demand().withHeld(desiredReplicas), claim.target(), claim.waitingReplicas()));
    }
  }

  /** A demand is as old as the first evaluation, without a pause, in which there was one. */
  private static PoolClaim aged(PoolClaim claim, @Nullable PoolClaim before) {
    return before != null && before.demand().wantsMore() > 0 && claim.demand().wantsMore() > 0
        ? new PoolClaim(
            claim.demand().withSince(before.demand().since()),
            claim.target(),
            claim.waitingReplicas())
        : claim;
  }

  /**
   * By the limit what is there may be taken; by the nodes nothing is added, but nothing is taken
   * either: a node that is not Ready for a minute would else cost replicas on those that are.
   */
  private static int granted(PoolStock stock, List<PoolClaim> claims, PoolClaim own) {
    long others = stock.requestedGpus();
    long held = 0;
    List<PoolDemand> demands = new ArrayList<>(claims.size());
    for (PoolClaim claim : claims) {
      // Pods that are on their way out hold their GPUs until they are gone.
      others -= Math.min(claim.heldGpus(), stock.requestedBy(claim.owner()));
      held += claim.heldGpus();
      demands.add(claim.demand());
    }
    long byNodes = Math.max(stock.offeredGpus() + own.waitingGpus(), held + others);
    long byLimit =
        stock.limitGpus() == Long.MAX_VALUE
            ? Long.MAX_VALUE
            : stock.limitGpus() - stock.withdrawnGpus();
    return PoolAllocator.allocate(Math.min(byLimit, byNodes), others, demands)
        .getOrDefault(own.demand().policy(), own.demand().heldReplicas());
  }
}
