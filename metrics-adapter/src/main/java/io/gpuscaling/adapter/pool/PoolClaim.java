package io.gpuscaling.adapter.pool;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.pool.PoolStock.Owner;
import io.gpuscaling.policy.pool.PoolDemand;

/**
 * What a policy asks of its pool.
 *
 * @param demand since when is filled in by {@link PoolQuotas}
 * @param target whose pods are its replicas
 * @param waitingReplicas so many replicas may wait for nodes that a node autoscaler has yet to add
 */
public record PoolClaim(PoolDemand demand, Workload target, int waitingReplicas) {

  long heldGpus() {
    return (long) demand.heldReplicas() * demand.gpusPerReplica();
  }

  long waitingGpus() {
    return (long) waitingReplicas * demand.gpusPerReplica();
  }

  Owner owner() {
    return Owner.of(target);
  }
}
