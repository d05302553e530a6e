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
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Chooses the pods that are to go when replicas are removed: idle ones. At one instant. */
final class Victims {

  private static final GroupResource PODS = new GroupResource("", "pods");

  private final ClusterSnapshot cluster;
  private final ServedMetrics metrics;

  Victims(ClusterSnapshot cluster, ServedMetrics metrics) {
    this.cluster = cluster;
    this.metrics = metrics;
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
    Set<String> idle = idle(target);
    return pods.stream()
        .filter(Pod::isReady)
        .filter(pod -> pod.order() != DeletionOrder.BY_OTHERS && idle.contains(pod.name()))
        // Whoever is chosen already stays so.
        .sorted(
            Comparator.comparing((Pod pod) -> pod.order() != DeletionOrder.FIRST_BY_US)
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

  private Set<String> idle(Workload target) {
    Set<String> idle = new HashSet<>();
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
        if (item.value() == 0) {
          idle.add(item.object().name());
        }
      }
    }
    return idle;
  }
}
