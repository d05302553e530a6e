package io.gpuscaling.cli.doctor;

import java.util.Optional;

/**
 * What the API server is asked. {@code {ns}} in a path stands for the namespace that the programs
 * run in.
 */
public enum Question {
  /** Who asks; its answer also says what time the API server has. */
  CALLER(
      "create selfsubjectreviews.authentication.k8s.io",
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      """
      {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
      """),
  /** Where API groups lead to. */
  API_SERVICES(
      "list apiservices.apiregistration.k8s.io", "/apis/apiregistration.k8s.io/v1/apiservices"),
  /** All nodes. */
  NODES("list nodes", "/api/v1/nodes"),
  /** When each node's kubelet has last been heard. */
  NODE_LEASES(
      "list leases.coordination.k8s.io in namespace kube-node-lease",
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"),
  /** The pods of our own namespace. */
  OWN_PODS("list pods in namespace {ns}", "/api/v1/namespaces/{ns}/pods"),
  /** dcgm-exporter as NVIDIA's GPU operator labels it. */
  DCGM_OF_OPERATOR("list pods", "/api/v1/pods?labelSelector=app%3Dnvidia-dcgm-exporter"),
  /** dcgm-exporter as its own chart labels it. */
  DCGM_OF_CHART("list pods", "/api/v1/pods?labelSelector=app.kubernetes.io%2Fname%3Ddcgm-exporter"),
  /** The adapter. */
  ADAPTER(
      "get deployments.apps in namespace {ns}",
      "/apis/apps/v1/namespaces/{ns}/deployments/metrics-adapter"),
  /** What the adapter is configured to do. */
  ADAPTER_CONFIG(
      "get configmaps in namespace {ns}", "/api/v1/namespaces/{ns}/configmaps/metrics-adapter"),
  /** What the exporter is configured to do. */
  EXPORTER_CONFIG(
      "get configmaps in namespace {ns}", "/api/v1/namespaces/{ns}/configmaps/exporter"),
  /** The adapter's certificate. */
  ADAPTER_SECRET(
      "get secrets in namespace {ns}", "/api/v1/namespaces/{ns}/secrets/metrics-adapter-tls"),
  /** The certificate that workers are shown. */
  LEASE_SECRET(
      "get secrets in namespace {ns}", "/api/v1/namespaces/{ns}/secrets/exporter-lease-tls"),
  /** Which replica decides. */
  POLICY_LEASE(
      "get leases.coordination.k8s.io in namespace {ns}",
      "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/" + Question.POLICY_LEASE_NAME),
  /** Scaling policies of all namespaces. */
  POLICIES("list scalingpolicies.gpuscaling.io", "/apis/gpuscaling.io/v1alpha1/scalingpolicies"),
  /** HPAs of all namespaces. */
  HPAS(
      "list horizontalpodautoscalers.autoscaling", "/apis/autoscaling/v2/horizontalpodautoscalers"),
  /** KEDA's objects of all namespaces. */
  SCALED_OBJECTS("list scaledobjects.keda.sh", "/apis/keda.sh/v1alpha1/scaledobjects"),
  /** Deployments of all namespaces. */
  DEPLOYMENTS("list deployments.apps", "/apis/apps/v1/deployments"),
  /** StatefulSets of all namespaces. */
  STATEFUL_SETS("list statefulsets.apps", "/apis/apps/v1/statefulsets"),
  /** What the adapter and the exporters find wrong around them. */
  INSTALLATION_REPORT(
      "get installationreports.subresources.gpuscaling.io",
      "/apis/subresources.gpuscaling.io/v1alpha1/installationreports/current"),
  /** An HPA without tolerance, in a dry run: what is left of it. */
  TOLERANCE_PROBE(
      "create horizontalpodautoscalers.autoscaling in namespace default",
      Question.DRY_RUN,
      Question.probe(1)),
  /** An HPA that may go to 0, in a dry run. */
  ZERO_PROBE(
      "create horizontalpodautoscalers.autoscaling in namespace default",
      Question.DRY_RUN,
      Question.probe(0));

  /** The Lease by which one replica of the adapter decides. */
  public static final String POLICY_LEASE_NAME = "metrics-adapter-policies";

  private static final String DRY_RUN =
      "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers?dryRun=All";

  private final String right;
  private final String path;
  private final Optional<String> body;

  Question(String right, String path) {
    this.right = right;
    this.path = path;
    this.body = Optional.empty();
  }

  Question(String right, String path, String body) {
    this.right = right;
    this.path = path;
    this.body = Optional.of(body);
  }

  /** What the caller needs to be allowed, as {@code kubectl auth can-i} takes it. */
  public String right(String namespace) {
    return right.replace("{ns}", namespace);
  }

  /** The path at the API server, with its query. */
  public String path(String namespace) {
    return path.replace("{ns}", namespace);
  }

  /** What is sent, where it is not only read. Nothing that is sent changes the cluster. */
  public Optional<String> body() {
    return body;
  }

  private static String probe(int minReplicas) {
    return """
    {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
     "metadata": {"name": "gpuscaling-doctor-probe", "namespace": "default"},
     "spec": {"minReplicas": %d, "maxReplicas": 2,
      "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment",
       "name": "gpuscaling-doctor-probe"},
      "behavior": {"scaleUp": {"tolerance": "0"}, "scaleDown": {"tolerance": "0"}},
      "metrics": [{"type": "External", "external": {"metric": {"name": "probe"},
       "target": {"type": "AverageValue", "averageValue": "1"}}}]}}
    """
        .formatted(minReplicas);
  }
}
