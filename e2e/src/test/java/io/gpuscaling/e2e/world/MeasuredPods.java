package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** Deployments whose pods use as much CPU and memory as a test says, seen by metrics-server. */
public final class MeasuredPods {

  /** Of each Deployment at first. */
  public static final int REPLICAS = 3;

  private static final Duration DEADLINE = Duration.ofMinutes(2);

  /**
   * Of 100m and 100Mi requested by each pod: 86.67 % and 43.33 %, which an HPA cuts to 86 and 43.
   */
  private static final List<String> CPU = List.of("40m", "90m", "130m");

  private static final List<String> MEMORY = List.of("20Mi", "40Mi", "70Mi");

  private final ControlPlane plane;
  private final String namespace;
  private final String node;

  /**
   * In a namespace, on a node.
   *
   * @param node one of {@code MetricsServer.node}
   */
  public MeasuredPods(ControlPlane plane, String namespace, String node) {
    this.plane = plane;
    this.namespace = namespace;
    this.node = node;
  }

  /** Pods that are on the node from the start, for an HPA by CPU and memory. */
  public String deployment(String name) {
    return """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: %1$s, namespace: %2$s}
    spec:
      replicas: %3$d
      selector: {matchLabels: {app: %1$s}}
      template:
        metadata: {labels: {app: %1$s}}
        spec:
          nodeName: %4$s
          containers:
            - {name: server, image: none, resources: {requests: {cpu: 100m, memory: 100Mi}}}
    """
        .formatted(name, namespace, REPLICAS, node);
  }

  /** Each of the pods uses its share; those that come later use the first one's. */
  public void use(String name) {
    List<String> pods =
        Awaitility.await()
            .atMost(DEADLINE)
            .until(
                () ->
                    plane
                        .api()
                        .get(
                            "/api/v1/namespaces/" + namespace + "/pods?labelSelector=app%3D" + name)
                        .orThrow()
                        .at("/items")
                        .valueStream()
                        .map(it -> it.at("/metadata/name").asString(""))
                        .sorted()
                        .toList(),
                it -> it.size() == REPLICAS);
    for (int i = 0; i < REPLICAS; i++) {
      plane
          .kubectl()
          .run(
              "annotate",
              "pod",
              pods.get(i),
              "-n",
              namespace,
              "kwok.x-k8s.io/usage-cpu=" + CPU.get(i),
              "kwok.x-k8s.io/usage-memory=" + MEMORY.get(i))
          .orThrow();
    }
  }

  /** metrics-server says it in billionths of a core. */
  private static long nanos(JsonNode pod) {
    String usage = pod.at("/containers/0/usage/cpu").asString("");
    return usage.endsWith("n") ? Long.parseLong(usage.substring(0, usage.length() - 1)) : -1;
  }

  /** All pods of a Deployment use so much, and metrics-server has seen it. */
  public void useAll(String name, int cpuMillis) {
    plane
        .kubectl()
        .run(
            "annotate",
            "pod",
            "--overwrite",
            "-n",
            namespace,
            "-l",
            "app=" + name,
            "kwok.x-k8s.io/usage-cpu=" + cpuMillis + "m",
            "kwok.x-k8s.io/usage-memory=10Mi")
        .orThrow();
    plane
        .api()
        .await(
            "/apis/metrics.k8s.io/v1beta1/namespaces/"
                + namespace
                + "/pods?labelSelector=app%3D"
                + name,
            DEADLINE,
            it ->
                it.body().path("items").size() >= REPLICAS
                    && it.body()
                        .path("items")
                        .valueStream()
                        .allMatch(pod ->
                            nanos(pod) <= cpuMillis * 1_000_000L
                                && nanos(pod) >= cpuMillis * 900_000L));
  }
}
