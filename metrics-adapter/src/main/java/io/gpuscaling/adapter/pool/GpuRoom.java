package io.gpuscaling.adapter.pool;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.kubernetes.policy.GpuPool;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How many more replicas the free GPUs of nodes can take, whole GPUs by Kubernetes' own counts.
 * Pure. Knows of node selectors what the pool says, and of taints and affinities nothing: with a
 * pool whose nodes the pods cannot use, too much is counted.
 */
public final class GpuRoom {

  private GpuRoom() {}

  /** The nodes that new pods can be placed on: of a pool, or all. */
  public static List<Node> nodes(Optional<GpuPool> pool, ClusterSnapshot cluster) {
    Map<String, String> labels = pool.map(GpuPool::nodeLabels).orElse(Map.of());
    return cluster.nodes().values().stream()
        .filter(it -> it.takesPods() && it.labels().entrySet().containsAll(labels.entrySet()))
        .toList();
  }

  /**
   * Sums over the nodes what fits on each.
   *
   * @param wanted what one replica requests, by name of the extended resource; not empty
   */
  public static long replicas(
      Map<String, Long> wanted, Collection<Node> nodes, ClusterSnapshot cluster, Fitness fitness) {
    Map<String, Map<String, Long>> used = used(wanted.keySet(), nodes, cluster);
    long replicas = 0;
    for (Node node : nodes) {
      Map<String, Long> ofNode = used.getOrDefault(node.name(), Map.of());
      long fitting = Long.MAX_VALUE;
      for (Map.Entry<String, Long> want : wanted.entrySet()) {
        long free =
            NodeGpus.fit(node, List.of(want.getKey()), fitness)
                - ofNode.getOrDefault(want.getKey(), 0L);
        fitting = Math.min(fitting, Math.max(0, free) / want.getValue());
      }
      replicas += fitting;
    }
    return replicas;
  }

  private static Map<String, Map<String, Long>> used(
      Set<String> resources, Collection<Node> nodes, ClusterSnapshot cluster) {
    Set<String> names = new HashSet<>();
    nodes.forEach(node -> names.add(node.name()));
    Map<String, Map<String, Long>> used = new HashMap<>();
    for (Map<String, Pod> ofNamespace : cluster.pods().values()) {
      for (Pod pod : ofNamespace.values()) {
        if (names.contains(pod.node())) {
          pod.requests()
              .extended()
              .forEach((resource, amount) -> {
                if (resources.contains(resource)) {
                  used.computeIfAbsent(pod.node(), _ -> new HashMap<>())
                      .merge(resource, amount, Long::sum);
                }
              });
        }
      }
    }
    return used;
  }
}
