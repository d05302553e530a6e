package io.gpuscaling.adapter.pool;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.kubernetes.policy.GpuPool;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The GPUs of a pool at one instant, and who has requested them.
 *
 * @param limitGpus the configured limit; {@link Long#MAX_VALUE} without one
 * @param nodes that have its labels
 * @param nodesWithGpus of those, such as have GPUs, fit or not
 * @param offeredGpus what nodes that take pods have, less what is not fit for work
 * @param requested GPUs of pods on those nodes, by the workload of the pods
 * @param requestedGpus the sum of them, and of pods without a workload
 * @param withdrawnGpus GPUs of pods on nodes of the pool that take no pods
 */
record PoolStock(
    long limitGpus,
    int nodes,
    int nodesWithGpus,
    long offeredGpus,
    Map<Owner, Long> requested,
    long requestedGpus,
    long withdrawnGpus) {

  /** A workload by its names. */
  record Owner(String namespace, String kind, String name) {

    static Owner of(Workload workload) {
      return new Owner(workload.namespace(), workload.kind().kind(), workload.name());
    }
  }

  /** Of a pool as the cluster and the exporters show it. */
  static PoolStock of(GpuPool pool, ClusterSnapshot cluster, Fitness fitness) {
    Set<String> open = new HashSet<>();
    Set<String> shut = new HashSet<>();
    long offered = 0;
    int nodesWithGpus = 0;
    for (Node node : cluster.nodes().values()) {
      if (!node.labels().entrySet().containsAll(pool.nodeLabels().entrySet())) {
        continue;
      }
      if (ClusterSnapshot.sum(node.offers().capacity(), pool.resources()) > 0) {
        nodesWithGpus++;
      }
      if (node.takesPods()) {
        open.add(node.name());
        offered += NodeGpus.fit(node, pool.resources(), fitness);
      } else {
        shut.add(node.name());
      }
    }
    Map<Owner, Long> requested = new HashMap<>();
    long all = 0;
    long withdrawn = 0;
    for (Map<String, Pod> ofNamespace : cluster.pods().values()) {
      for (Pod pod : ofNamespace.values()) {
        long gpus = pod.requests().count(pool.resources());
        if (gpus > 0 && open.contains(pod.node())) {
          all += gpus;
          if (!pod.workload().isEmpty()) {
            requested.merge(
                new Owner(pod.namespace(), pod.workloadKind(), pod.workload()), gpus, Long::sum);
          }
        } else if (gpus > 0 && shut.contains(pod.node())) {
          withdrawn += gpus;
        }
      }
    }
    return new PoolStock(
        pool.gpuLimit().isPresent() ? pool.gpuLimit().getAsInt() : Long.MAX_VALUE,
        open.size() + shut.size(),
        nodesWithGpus,
        offered,
        Map.copyOf(requested),
        all,
        withdrawn);
  }

  /** GPUs of the pods of a workload. */
  long requestedBy(Owner owner) {
    return requested.getOrDefault(owner, 0L);
  }
}
