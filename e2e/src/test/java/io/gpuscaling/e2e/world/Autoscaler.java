package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import java.time.Duration;
import java.util.function.IntPredicate;
import tools.jackson.databind.JsonNode;

/** A Deployment and the native HPA that scales it. */
public final class Autoscaler {

  private static final Duration DEADLINE = Duration.ofSeconds(60);

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
      ControlPlane plane, String namespace, String name, int minReplicas, int maxReplicas, String node, String metrics) {
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
                  %4$s
                  containers: [{name: worker, image: none}]
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

  /** Waits until the HPA wants so many replicas. */
  public void awaitDesired(int replicas) {
    awaitDesired(replicas, DEADLINE);
  }

  /** Waits until the HPA wants so many replicas. */
  public void awaitDesired(int replicas, Duration deadline) {
    plane
        .api()
        .await(hpaPath(), deadline, answer -> answer.body().at("/status/desiredReplicas").asInt(-1) == replicas
            && specReplicas() == replicas);
  }

  /** What the Deployment is set to. */
  public int specReplicas() {
    return plane
        .api()
        .get("/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name)
        .orThrow()
        .at("/spec/replicas")
        .asInt(-1);
  }

  /** Waits until the condition ScalingActive is false with a message that holds a text. */
  public void awaitScalingInactive(String text) {
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
    plane
        .api()
        .await(hpaPath(), DEADLINE, answer -> condition(answer.body()).path("status").asString("").equals("True"));
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
   * Watches for some HPA periods that the replicas are as wanted all the time.
   *
   * @return the first number that is not, or -1
   */
  public int firstOutlier(Duration span, IntPredicate wanted) {
    long end = System.nanoTime() + span.toNanos();
    while (System.nanoTime() - end < 0) {
      int replicas = specReplicas();
      if (!wanted.test(replicas)) {
        return replicas;
      }
    }
    return -1;
  }

  /** What {@code kubectl describe hpa} shows. */
  public String describe() {
    return plane.kubectl().run("describe", "hpa", name, "-n", namespace).stdout();
  }

  /** Takes both away. */
  public void delete() {
    var _ = plane.api().delete("/apis/autoscaling/v2/namespaces/" + namespace + "/horizontalpodautoscalers/" + name);
    var _ = plane.api().delete("/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name);
  }

  private String hpaPath() {
    return "/apis/autoscaling/v2/namespaces/" + namespace + "/horizontalpodautoscalers/" + name;
  }
}
