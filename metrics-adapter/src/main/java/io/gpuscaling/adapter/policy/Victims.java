package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.DeletionOrder;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.core.metric.ServedMetric;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Chooses the pods that are to go when replicas are removed: idle ones, by their task leases. Where
 * a target's pods run no tasks, those that use the least CPU. At one instant.
 */
final class Victims {

  private static final GroupResource PODS = new GroupResource("", "pods");

  private final ClusterSnapshot cluster;
  private final ServedMetrics metrics;
  private final OutsideSources outside;

  Victims(ClusterSnapshot cluster, ServedMetrics metrics, OutsideSources outside) {
    this.cluster = cluster;
    this.metrics = metrics;
    this.outside = outside;
  }

  /**
   * Idle pods, at most so many as go. Those that a ReplicaSet removes first anyway, since they are
   * not ready, count; and nobody is chosen of whom it is not known that he is idle.
   *
   * @param count replicas that are removed
   */
  List<String> choose(Workload target, int count) {
    if (target.kind() != WorkloadKind.DEPLOYMENT) {
      return List.of();
    }
    List<Pod> pods = cluster.pods(target);
    int goAnyway = (int) pods.stream().filter(pod -> !pod.isReady()).count();
    Map<String, Long> load = load(target, pods);
    return pods.stream()
        .filter(Pod::isReady)
        .filter(pod -> pod.order() != DeletionOrder.BY_OTHERS && load.containsKey(pod.name()))
        // Whoever is chosen already stays so.
        .sorted(
            Comparator.comparing((Pod pod) -> pod.order() != DeletionOrder.FIRST_BY_US)
                .thenComparing(pod -> load.getOrDefault(pod.name(), Long.MAX_VALUE))
                .thenComparing(Pod::name))
        .limit(Math.max(0, count - goAnyway))
        .map(Pod::name)
        .toList();
  }

  /** Those that were chosen before and are not any more. */
  List<String> pardoned(Workload target, List<String> chosen) {
    return cluster.pods(target).stream()
        .filter(pod -> pod.order() == DeletionOrder.FIRST_BY_US && !chosen.contains(pod.name()))
        .map(Pod::name)
        .toList();
  }

  /** Of those who may go, how much they have to do: the least goes first. */
  private Map<String, Long> load(Workload target, List<Pod> pods) {
    Map<String, Double> busy = busy(target);
    boolean isTracked = pods.stream().anyMatch(it -> it.runsTasks() || busy.containsKey(it.name()));
    Map<String, Long> load = new HashMap<>();
    if (isTracked) {
      busy.forEach((pod, tasks) -> {
        if (tasks == 0) {
          load.put(pod, 0L);
        }
      });
    } else {
      outside.usages(target).forEach((pod, usage) -> load.put(pod, usage.cpuMillis()));
    }
    return load;
  }

  /**
   * Has the CPU of a target's pods read, where they would be chosen by it: it is read only while
   * somebody asks.
   */
  void prepare(Workload target) {
    if (target.kind() == WorkloadKind.DEPLOYMENT
        && cluster.pods(target).stream().noneMatch(Pod::runsTasks)) {
      var _ = outside.usages(target);
    }
  }

  /** By pod, of those whose workers have a live session. */
  private Map<String, Double> busy(Workload target) {
    Map<String, Double> busy = new HashMap<>();
    if (metrics.custom(
            new CustomQuery(
                target.namespace(),
                PODS,
                CustomQuery.ALL,
                ServedMetric.GPU_WORKERS_BUSY.metricName(),
                LabelSelector.EVERYTHING,
                LabelSelector.EVERYTHING))
        instanceof QueryResult.Items<CustomItem>(List<CustomItem> items)) {
      for (CustomItem item : items) {
        busy.put(item.object().name(), item.value());
      }
    }
    return busy;
  }
}
