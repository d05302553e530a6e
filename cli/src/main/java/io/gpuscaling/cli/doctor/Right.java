package io.gpuscaling.cli.doctor;

import java.util.List;

/**
 * A right that a service account needs.
 *
 * @param verb such as {@code list}
 * @param group of the API, empty for the core group
 * @param resource plural, {@code *} for any
 * @param subresource empty for the resource itself
 * @param namespace empty for all
 * @param name of the one object; empty for any
 */
public record Right(
    String verb, String group, String resource, String subresource, String namespace, String name) {

  /** What the HPA controller needs. */
  public static final List<Right> OF_HPA_CONTROLLER =
      List.of(of("get", "custom.metrics.k8s.io", "*"), of("get", "external.metrics.k8s.io", "*"));

  /** The user of the HPA controller, unless a cluster runs it under the manager's own name. */
  public static final String HPA_CONTROLLER =
      "system:serviceaccount:kube-system:horizontal-pod-autoscaler";

  private static final String OURS = "gpuscaling.io";
  private static final String AUTOSCALING = "autoscaling";

  /** Of any object, in all namespaces. */
  static Right of(String verb, String group, String resource) {
    return new Right(verb, group, resource, "", "", "");
  }

  private static Right sub(String verb, String group, String resource, String subresource) {
    return new Right(verb, group, resource, subresource, "", "");
  }

  /** What the adapter's account needs, as manifests/base grants it. */
  public static List<Right> ofAdapter(String namespace) {
    return List.of(
        of("create", "authentication.k8s.io", "tokenreviews"),
        of("create", "authorization.k8s.io", "subjectaccessreviews"),
        new Right("get", "", "configmaps", "", "kube-system", "extension-apiserver-authentication"),
        of("list", "", "nodes"),
        of("list", "", "pods"),
        of("list", "", "services"),
        of("list", "apps", "replicasets"),
        of("list", "apps", "deployments"),
        of("list", "apps", "statefulsets"),
        of("list", OURS, "scalingpolicies"),
        of("list", OURS, "gpupools"),
        of("list", OURS, "scalingprofiles"),
        sub("update", OURS, "scalingpolicies", "status"),
        sub("update", OURS, "gpupools", "status"),
        sub("get", "apps", "deployments", "scale"),
        sub("get", "apps", "statefulsets", "scale"),
        of("list", AUTOSCALING, "horizontalpodautoscalers"),
        of("list", "metrics.k8s.io", "pods"),
        of("create", "events.k8s.io", "events"),
        new Right(
            "get",
            "apiregistration.k8s.io",
            "apiservices",
            "",
            "",
            "v1beta2.custom.metrics.k8s.io"),
        new Right(
            "update", "coordination.k8s.io", "leases", "", namespace, Question.POLICY_LEASE_NAME));
  }

  /** What the exporter's account needs. */
  public static List<Right> ofExporter() {
    return List.of(of("create", "authentication.k8s.io", "tokenreviews"), of("list", "", "pods"));
  }

  /** {@code update scalingpolicies.gpuscaling.io/status}. */
  @Override
  public String toString() {
    return verb
        + " "
        + resource
        + (group.isEmpty() ? "" : "." + group)
        + (subresource.isEmpty() ? "" : "/" + subresource)
        + (name.isEmpty() ? "" : " " + name)
        + (namespace.isEmpty() ? "" : " in namespace " + namespace);
  }
}
