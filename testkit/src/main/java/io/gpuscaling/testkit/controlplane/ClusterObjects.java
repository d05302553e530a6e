package io.gpuscaling.testkit.controlplane;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import tools.jackson.databind.JsonNode;

/**
 * Makes the objects that tests of the autoscaling path need. Making one that exists sets it to what
 * is asked. Refusals are {@link IllegalStateException}s that hold the API server's answer.
 */
public final class ClusterObjects {

  private static final Duration WAIT_TIMEOUT = Duration.ofSeconds(90);

  /** Longer than all tests of a module: one control plane serves them. */
  private static final Duration TOKEN_LIFE = Duration.ofHours(4);

  private final KubernetesApi api;

  ClusterObjects(KubernetesApi api) {
    this.api = api;
  }

  /** A namespace; waits until its default service account is there. */
  public void namespace(String name) {
    api.apply(
        "/api/v1/namespaces/" + name,
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: %s}
        """
            .formatted(name));
    api.await(
        "/api/v1/namespaces/" + name + "/serviceaccounts/default",
        WAIT_TIMEOUT,
        KubernetesApi.Answer::isSuccess);
  }

  /** A service account. */
  public void serviceAccount(String namespace, String name) {
    api.apply(
        "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + name,
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: %s, namespace: %s}
        """
            .formatted(name, namespace));
  }

  /** A Ready node with whole GPUs ({@code nvidia.com/gpu}) in capacity and allocatable. */
  public void gpuNode(String name, int gpus) {
    String path = "/api/v1/nodes/" + name;
    api.apply(
        path,
        """
        apiVersion: v1
        kind: Node
        metadata: {name: %1$s, labels: {kubernetes.io/hostname: %1$s, nvidia.com/gpu.present: "true"}}
        """
            .formatted(name));
    String resources =
        "{cpu: \"64\", memory: 512Gi, pods: \"110\", nvidia.com/gpu: \"%d\"}".formatted(gpus);
    api.apply(
        path + "/status",
        """
        apiVersion: v1
        kind: Node
        metadata: {name: %1$s}
        status:
          capacity: %2$s
          allocatable: %2$s
        """
            .formatted(name, resources));
    nodeReady(name, true);
  }

  /**
   * Sets the Ready condition of a node. With kwok running a node does not stay NotReady: freeze it
   * first.
   */
  public void nodeReady(String name, boolean ready) {
    api.merge(
            "/api/v1/nodes/" + name + "/status",
            """
            {"status": {"conditions": [{"type": "Ready", "status": "%s", "reason": "Test"}]}}
            """
                .formatted(ready ? "True" : "False"))
        .orThrow();
  }

  /** Deletes a node. */
  public void deleteNode(String name) {
    api.delete("/api/v1/nodes/" + name).orThrow();
  }

  /** A pod on its node. Its spec cannot be changed later. */
  public void pod(GpuPod pod) {
    api.apply(pod.path(), pod.yaml());
  }

  /** Waits until a pod is Ready, which takes kwok. */
  public void awaitReady(GpuPod pod) {
    api.await(pod.path(), WAIT_TIMEOUT, answer -> hasCondition(answer.body(), "Ready"));
  }

  /** A token of a service account, for the API server itself. */
  public String token(String namespace, String serviceAccount) {
    return requestToken(namespace, serviceAccount, "");
  }

  /**
   * A token as the kubelet projects it into a pod: bound to the pod, so that a TokenReview answers
   * the pod and its node, and for one audience.
   */
  public String podToken(GpuPod pod, String audience) {
    String uid = api.get(pod.path()).orThrow().at("/metadata/uid").asString();
    return requestToken(
        pod.namespace(),
        pod.serviceAccount(),
        """
        , "audiences": ["%s"], "boundObjectRef": \
        {"apiVersion": "v1", "kind": "Pod", "name": "%s", "uid": "%s"}\
        """
            .formatted(audience, pod.name(), uid));
  }

  /**
   * A Service whose name the aggregator resolves to this machine.
   *
   * @param port where the program listens; a relay's when there are several
   */
  public void loopbackService(String namespace, String name, int port) {
    api.apply(
        "/api/v1/namespaces/" + namespace + "/services/" + name,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: %s, namespace: %s}
        spec:
          type: ExternalName
          externalName: localhost
          ports: [{port: %d}]
        """
            .formatted(name, namespace, port));
  }

  /**
   * Sends an API group's requests to a Service.
   *
   * @param group such as {@code external.metrics.k8s.io}
   * @param version such as {@code v1beta1}
   * @param caPem the authority of the server's certificate, whose SAN must be {@code
   *     NAME.NAMESPACE.svc}
   */
  public void apiService(
      String group, String version, String namespace, String service, int port, String caPem) {
    String name = version + "." + group;
    api.apply(
        apiServicePath(name),
        """
        apiVersion: apiregistration.k8s.io/v1
        kind: APIService
        metadata: {name: %s}
        spec:
          group: %s
          version: %s
          groupPriorityMinimum: 100
          versionPriority: %d
          service: {namespace: %s, name: %s, port: %d}
          caBundle: %s
        """
            .formatted(
                name,
                group,
                version,
                version.endsWith("2") ? 200 : 100,
                namespace,
                service,
                port,
                Base64.getEncoder().encodeToString(caPem.getBytes(StandardCharsets.US_ASCII))));
  }

  /** Waits until the aggregator calls an API service available. */
  public void awaitAvailable(String group, String version) {
    api.await(
        apiServicePath(version + "." + group),
        WAIT_TIMEOUT,
        answer -> hasCondition(answer.body(), "Available"));
  }

  /** Whether a condition of an object is True. */
  public static boolean hasCondition(JsonNode object, String type) {
    for (JsonNode condition : object.at("/status/conditions")) {
      if (condition.path("type").asString("").equals(type)) {
        return condition.path("status").asString("").equals("True");
      }
    }
    return false;
  }

  private String requestToken(String namespace, String serviceAccount, String more) {
    return api.post(
            "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + serviceAccount + "/token",
            """
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
             "spec": {"expirationSeconds": %d%s}}
            """
                .formatted(TOKEN_LIFE.toSeconds(), more))
        .orThrow()
        .at("/status/token")
        .asString();
  }

  private static String apiServicePath(String name) {
    return "/apis/apiregistration.k8s.io/v1/apiservices/" + name;
  }
}
