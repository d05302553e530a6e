package io.gpuscaling.adapter.pool;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.kubernetes.policy.GpuPool;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How many more replicas the free GPUs of nodes can take, whole GPUs by Kubernetes' own counts. Of
 * one thread, for one instant. Knows of node selectors what the pool says, and of taints and
 * affinities nothing: with a pool whose nodes the pods cannot use, too much is counted.
 */
public final class GpuRoom {

  private final ClusterSnapshot cluster;
  private final Fitness fitness;

  /** By node and extended resource; looked through the pods once, when it is first asked for. */
  private @Nullable Map<String, Map<String, Long>> requested;

  /** Of a cluster at one instant. */
  public GpuRoom(ClusterSnapshot cluster, Fitness fitness) {
    this.cluster = cluster;
    this.fitness = fitness;
  }

  /** The nodes that new pods can be placed on: of a pool, or all. */
  public List<Node> nodes(Optional<GpuPool> pool) {
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
  public long replicas(Map<String, Long> wanted, Collection<Node> nodes) {
    Map<String, Map<String, Long>> used = requested();
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

  private Map<String, Map<String, Long>> requested() {
    Map<String, Map<String, Long>> known = requested;
    if (known != null) {
      return known;
    }
    Map<String, Map<String, Long>> found = new HashMap<>();
    for (Map<String, Pod> ofNamespace : cluster.pods().values()) {
      for (Pod pod : ofNamespace.values()) {
        pod.requests()
            .extended()
            .forEach((resource, amount) ->
                found
                    .computeIfAbsent(pod.node(), _ -> new HashMap<>())
                    .merge(resource, amount, Long::sum));
      }
    }
    requested = found;
    return found;
  }
}
