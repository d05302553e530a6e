package io.gpuscaling.policy.hpa;

import java.util.List;

/**
 * An HPA, as far as it decides.
 *
 * @param minReplicas 0 or more
 * @param maxReplicas at least 1 and {@code minReplicas}
 * @param metrics at least one
 * @param up {@code behavior.scaleUp}
 * @param down {@code behavior.scaleDown}
 */
public record HpaSpec(
    int minReplicas, int maxReplicas, List<HpaMetric> metrics, ScalingRules up, ScalingRules down) {

  /** Copies, and refuses what the API server refuses. */
  public HpaSpec {
    metrics = List.copyOf(metrics);
    if (minReplicas < 0 || maxReplicas < Math.max(1, minReplicas)) {
      throw new IllegalArgumentException("min " + minReplicas + ", max " + maxReplicas);
    }
    if (metrics.isEmpty()) {
      throw new IllegalArgumentException("no metrics");
    }
  }
}
