package io.gpuscaling.e2e.world;

import io.gpuscaling.policy.hpa.Hpa;
import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.HpaState;
import io.gpuscaling.policy.hpa.MetricReading;
import io.gpuscaling.policy.hpa.MetricTarget;
import io.gpuscaling.policy.hpa.RatePolicy;
import io.gpuscaling.policy.hpa.Replicas;
import io.gpuscaling.policy.hpa.ScalingRules;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * A Deployment at rest and an HPA that looks at it for the first time: once for the real
 * controller, as YAML, and once for the pure function.
 *
 * @param name of both objects
 * @param replicas of the Deployment
 * @param isReady whether its pods run; else they stay pending
 * @param spec of the HPA
 * @param metrics what each metric of the spec selects, in its order
 */
public record HpaSituation(
    String name, int replicas, boolean isReady, HpaSpec spec, List<Selected> metrics) {

  /**
   * Tasks of one pod.
   *
   * @param pod whose
   * @param tasks that it runs; empty when the API has no answer
   */
  public record Selected(String pod, OptionalLong tasks) {}

  /** Copies. */
  public HpaSituation {
    metrics = List.copyOf(metrics);
  }

  /** What the pure function makes of it. */
  public int decided() {
    Map<String, MetricReading> readings = new HashMap<>();
    for (int i = 0; i < metrics.size(); i++) {
      OptionalLong tasks = metrics.get(i).tasks();
      readings.put(
          spec.metrics().get(i).name(),
          tasks.isPresent()
              ? new MetricReading.Read(tasks.getAsLong() * 1000)
              : new MetricReading.Missing("no answer"));
    }
    return Hpa.decide(
            spec,
            new Replicas(replicas, replicas, isReady ? replicas : 0),
            readings,
            HpaState.EMPTY,
            Instant.EPOCH)
        .desired();
  }

  /** The Deployment. */
  public String deployment(String namespace, String node) {
    return """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: %1$s, namespace: %2$s}
    spec:
      replicas: %3$d
      selector: {matchLabels: {app: %1$s}}
      template:
        metadata: {labels: {app: %1$s}}
        spec: {%4$s containers: [{name: worker, image: none}]}
    ---
    """
        .formatted(name, namespace, replicas, isReady ? "nodeName: " + node + "," : "");
  }

  /** The HPA. */
  public String autoscaler(String namespace) {
    StringBuilder list = new StringBuilder();
    for (int i = 0; i < metrics.size(); i++) {
      list.append(metric(spec.metrics().get(i), metrics.get(i)));
    }
    return """
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: %1$s, namespace: %2$s}
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %1$s}
      minReplicas: %3$d
      maxReplicas: %4$d
      behavior:
        scaleUp: %5$s
        scaleDown: %6$s
      metrics:
    %7$s---
    """
        .formatted(
            name,
            namespace,
            spec.minReplicas(),
            spec.maxReplicas(),
            rules(spec.up()),
            rules(spec.down()),
            list);
  }

  private static String metric(HpaMetric metric, Selected selected) {
    String target =
        switch (metric.target()) {
          case MetricTarget.AverageValue(long milli) ->
              "type: AverageValue, averageValue: " + milli + "m";
          case MetricTarget.Value(long milli) -> "type: Value, value: " + milli + "m";
        };
    return """
    - type: External
      external:
        metric: {name: gpu_tasks_active, selector: {matchLabels: {pod: %s}}}
        target: {%s}
    """
        .formatted(selected.pod(), target)
        .indent(4);
  }

  private static String rules(ScalingRules rules) {
    String policies =
        rules.policies().stream()
            .map(policy ->
                switch (policy) {
                  case RatePolicy.Pods(int count, var period) ->
                      "{type: Pods, value: %d, periodSeconds: %d}"
                          .formatted(count, period.toSeconds());
                  case RatePolicy.Percent(int percent, var period) ->
                      "{type: Percent, value: %d, periodSeconds: %d}"
                          .formatted(percent, period.toSeconds());
                })
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "{stabilizationWindowSeconds: %d, selectPolicy: %s, tolerance: \"%s\", policies: [%s]}",
        rules.stabilizationWindow().toSeconds(),
        word(rules.selectPolicy()),
        rules.tolerance(),
        policies);
  }

  private static String word(SelectPolicy policy) {
    return switch (policy) {
      case MAX -> "Max";
      case MIN -> "Min";
      case DISABLED -> "Disabled";
    };
  }
}
