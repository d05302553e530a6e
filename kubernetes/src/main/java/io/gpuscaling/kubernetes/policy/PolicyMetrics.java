package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.policy.spec.MetricRef.Resource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The metrics that a rule may name, and where each comes from. */
public final class PolicyMetrics {

  /** Percent of what the target's pods request, averaged as an HPA with a Resource metric does. */
  public static final Map<String, Resource> UTILIZATIONS =
      Map.of(
          "avg_target_cpu_utilization_percentage", Resource.CPU,
          "avg_target_memory_utilization_percentage", Resource.MEMORY);

  /** Without a selector these are read of the scale target itself, not summed over series. */
  static final Set<ServedMetric> OF_TARGET =
      Set.of(
          ServedMetric.ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE,
          ServedMetric.GPU_TASKS_ACTIVE,
          ServedMetric.GPU_WORKERS_BUSY);

  private PolicyMetrics() {}

  /** All names that need no {@code query}, in the order of the documentation. */
  public static List<String> names() {
    return Stream.concat(
            UTILIZATIONS.keySet().stream().sorted(),
            Arrays.stream(ServedMetric.values())
                // A policy that follows a policy would follow itself.
                .filter(it -> it != ServedMetric.SCALING_POLICY_DESIRED_REPLICAS)
                .map(ServedMetric::metricName))
        .toList();
  }
}
