package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ClusterObjects;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** A Deployment and the native HPA that scales it. */
public final class Autoscaler {

  private static final Duration DEADLINE = Duration.ofMinutes(2);

  private final ControlPlane plane;
  private final String namespace;
  private final String name;

  private Autoscaler(ControlPlane plane, String namespace, String name) {
    this.plane = plane;
    this.namespace = namespace;
    this.name = name;
  }

  /**
   * Makes both.
   *
   * @param node where the Deployment's pods run, or empty: they stay pending then
   * @param metrics the HPA's {@code metrics}, as a YAML list
   */
  public static Autoscaler create(
      ControlPlane plane,
      String namespace,
      String name,
      int minReplicas,
      int maxReplicas,
      String node,
      String metrics) {
    String nodeName = node.isEmpty() ? "" : "nodeName: " + node;
    plane
        .kubectl()
        .apply(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: %1$s, namespace: %2$s}
            spec:
              replicas: %3$d
              selector: {matchLabels: {app: %1$s}}
              template:
                metadata: {labels: {app: %1$s}}
                spec:
                  serviceAccountName: default
                  %4$s
                  containers: [{name: worker, image: none, resources: {limits: {nvidia.com/gpu: 1}}}]
            """
                .formatted(name, namespace, minReplicas, nodeName));
    plane
        .kubectl()
        .apply(
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: %1$s, namespace: %2$s}
            spec:
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %1$s}
              minReplicas: %3$d
              maxReplicas: %4$d
              behavior:
                # The defaults would make a test wait for minutes: up by all at once, down after 4 s.
                scaleUp: {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 100, periodSeconds: 15}]}
                scaleDown: {stabilizationWindowSeconds: 4, policies: [{type: Pods, value: 100, periodSeconds: 15}]}
              metrics:
            %5$s
            """
                .formatted(name, namespace, minReplicas, maxReplicas, metrics.indent(4)));
    return new Autoscaler(plane, namespace, name);
  }

  /** Waits until so many pods of the Deployment are Ready, and answers them. */
  public List<GpuPod> awaitReadyPods(int count) {
    JsonNode list =
        plane
            .api()
            .await(
                "/api/v1/namespaces/" + namespace + "/pods?labelSelector=app%3D" + name,
                DEADLINE,
                answer -> readyPods(answer.body()).size() == count)
            .body();
    return readyPods(list);
  }

  private List<GpuPod> readyPods(JsonNode list) {
    List<GpuPod> pods = new ArrayList<>();
    for (JsonNode pod : list.path("items")) {
      if (ClusterObjects.hasCondition(pod, "Ready")
          && pod.at("/metadata/deletionTimestamp").isMissingNode()) {
        pods.add(
            GpuPod.onNode(
                namespace,
                pod.at("/metadata/name").asString(),
                pod.at("/spec/nodeName").asString("")));
      }
    }
    return pods;
  }

  /** An External metric with an average value, as an entry for {@link #create}. */
  public static String external(String metric, String labels, int averageValue) {
    return """
    - type: External
      external:
        metric: {name: %s, selector: {matchLabels: {%s}}}
        target: {type: AverageValue, averageValue: "%d"}
    """
        .formatted(metric, labels, averageValue);
  }

  /** Waits until the HPA has set the Deployment to so many replicas. */
  public void awaitReplicas(int replicas) {
    var _ =
        plane
            .api()
            .await(
                deploymentPath(),
                DEADLINE,
                answer -> answer.body().at("/spec/replicas").asInt(-1) == replicas);
  }

  /** What the Deployment is set to. */
  public int specReplicas() {
    return plane.api().get(deploymentPath()).orThrow().at("/spec/replicas").asInt(-1);
  }

  /** Waits until the condition ScalingActive is false with a message that holds a text. */
  public void awaitScalingInactive(String text) {
    var _ =
        plane
            .api()
            .await(
                hpaPath(),
                DEADLINE,
                answer -> {
                  JsonNode condition = condition(answer.body());
                  return condition.path("status").asString("").equals("False")
                      && condition.path("message").asString("").contains(text);
                });
  }

  /** Waits until the HPA can compute again. */
  public void awaitScalingActive() {
    var _ =
        plane
            .api()
            .await(
                hpaPath(),
                DEADLINE,
                answer -> condition(answer.body()).path("status").asString("").equals("True"));
  }

  private static JsonNode condition(JsonNode hpa) {
    for (JsonNode condition : hpa.at("/status/conditions")) {
      if (condition.path("type").asString("").equals("ScalingActive")) {
        return condition;
      }
    }
    return hpa.path("none");
  }

  /**
   * Waits until the HPA has looked some times more, and the Deployment has been set to the same
   * number all the while.
   *
   * @throws AssertionError when it was set to another
   */
  public void assertHolds(int replicas, Duration span) {
    Awaitility.await()
        .during(span)
        .atMost(span.plusSeconds(5))
        .pollInterval(Duration.ofMillis(200))
        .failFast("replicas changed", () -> specReplicas() != replicas)
        .until(() -> specReplicas() == replicas);
  }

  /** What {@code kubectl describe hpa} shows. */
  public String describe() {
    return plane.kubectl().run("describe", "hpa", name, "-n", namespace).stdout();
  }

  /** Takes both away. */
  public void delete() {
    var _ =
        plane
            .api()
            .delete(
                "/apis/autoscaling/v2/namespaces/"
                    + namespace
                    + "/horizontalpodautoscalers/"
                    + name);
    var _ = plane.api().delete("/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name);
  }

  private String deploymentPath() {
    return "/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name;
  }

  private String hpaPath() {
    return "/apis/autoscaling/v2/namespaces/" + namespace + "/horizontalpodautoscalers/" + name;
  }
}
