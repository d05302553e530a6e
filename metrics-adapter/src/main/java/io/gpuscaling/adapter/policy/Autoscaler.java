package io.gpuscaling.adapter.policy;

import io.gpuscaling.policy.spec.ScaleTarget;

/**
 * An HPA of the cluster.
 *
 * @param namespace its namespace
 * @param name its name
 * @param target what it scales
 * @param followsPolicies whether one of its metrics is {@code scaling_policy_desired_replicas}
 * @param owner such as {@code ScaledObject/worker}; empty when nobody owns it
 * @param minReplicas the fewest replicas that it sets, as the API server stored it
 */
public record Autoscaler(
    String namespace,
    String name,
    ScaleTarget target,
    boolean followsPolicies,
    String owner,
    int minReplicas) {

  /** One that goes down to 0. */
  Autoscaler(
      String namespace, String name, ScaleTarget target, boolean followsPolicies, String owner) {
    this(namespace, name, target, followsPolicies, owner, 0);
  }

  /** For people. */
  String shown() {
    return "HorizontalPodAutoscaler " + name + (owner.isEmpty() ? "" : " (of " + owner + ")");
  }
}
