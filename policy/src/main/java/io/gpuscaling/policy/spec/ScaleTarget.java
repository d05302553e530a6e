package io.gpuscaling.policy.spec;

/**
 * The workload whose {@code spec.replicas} a policy is about, in the policy's namespace.
 *
 * @param apiVersion such as {@code apps/v1}
 * @param kind such as {@code Deployment}
 * @param name of the object
 */
public record ScaleTarget(String apiVersion, String kind, String name) {

  /** {@code Deployment/worker}. */
  @Override
  public String toString() {
    return kind + "/" + name;
  }
}
