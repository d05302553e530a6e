package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** A Deployment, a scaling policy about it, and the native HPA that follows the policy. */
public final class SteeredTarget implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(150);
  private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

  private final ControlPlane plane;
  private final String namespace;
  private final String name;
  private final List<Integer> history = new ArrayList<>();
  private final Thread observer;
  private volatile boolean isClosed;

  private SteeredTarget(ControlPlane plane, String namespace, String name) {
    this.plane = plane;
    this.namespace = namespace;
    this.name = name;
    this.observer = Thread.ofVirtual().name("replicas-of-" + name).start(this::observe);
  }

  /**
   * Makes the Deployment and an HPA as {@code gpuscaling generate} prints it. The pods wait for a
   * node for ever: an Object metric with an average value needs none.
   */
  public static SteeredTarget create(
      ControlPlane plane, String namespace, String name, int replicas, int minReplicas) {
    plane.kubectl().apply(deployment(namespace, name, replicas));
    plane.kubectl().apply(autoscaler(namespace, name, minReplicas));
    return new SteeredTarget(plane, namespace, name);
  }

  /** One whose Deployment and HPA are there already. */
  public static SteeredTarget watch(ControlPlane plane, String namespace, String name) {
    return new SteeredTarget(plane, namespace, name);
  }

  /** A Deployment without pods that run. */
  public static String deployment(String namespace, String name, int replicas) {
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
          serviceAccountName: default
          containers: [{name: worker, image: none, resources: {limits: {nvidia.com/gpu: 1}}}]
    """
        .formatted(name, namespace, replicas);
  }

  /** The HPA of a policy: exact in both directions. */
  public static String autoscaler(String namespace, String name, int minReplicas) {
    return """
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: %1$s, namespace: %2$s}
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %1$s}
      minReplicas: %3$d
      maxReplicas: 100
      behavior:
        scaleUp:
          stabilizationWindowSeconds: 0
          tolerance: "0"
          policies: [{type: Pods, value: 100, periodSeconds: 15}]
        scaleDown:
          stabilizationWindowSeconds: 0
          tolerance: "0"
          policies: [{type: Pods, value: 100, periodSeconds: 15}]
      metrics:
        - type: Object
          object:
            describedObject: {apiVersion: apps/v1, kind: Deployment, name: %1$s}
            metric: {name: scaling_policy_desired_replicas}
            target: {type: AverageValue, averageValue: "1"}
    """
        .formatted(name, namespace, minReplicas);
  }

  /**
   * Applies a policy of the target's name.
   *
   * @param spec the fields of {@code spec} but for the target
   */
  public void policy(String spec) {
    plane.kubectl().apply(policy(namespace, name, name, spec));
  }

  /** A policy as YAML. */
  public static String policy(String namespace, String name, String target, String spec) {
    return """
    apiVersion: gpuscaling.io/v1alpha1
    kind: ScalingPolicy
    metadata: {name: %s, namespace: %s}
    spec:
      scaleTargetRef: {kind: Deployment, name: %s}
    %s
    """
        .formatted(name, namespace, target, spec.indent(2));
  }

  private void observe() {
    while (!isClosed) {
      int replicas = specReplicas();
      synchronized (history) {
        if (replicas >= 0 && (history.isEmpty() || history.getLast() != replicas)) {
          history.add(replicas);
        }
      }
      LockSupport.parkNanos(LOOK_INTERVAL.toNanos());
    }
  }

  /** All numbers of replicas that the Deployment was set to, one after the other. */
  public List<Integer> history() {
    synchronized (history) {
      return List.copyOf(history);
    }
  }

  /** What the Deployment is set to; -1 when that cannot be read now. */
  public int specReplicas() {
    var answer = plane.api().get(deploymentPath());
    return answer.isSuccess() ? answer.body().at("/spec/replicas").asInt(-1) : -1;
  }

  /** Waits until the Deployment is set to so many replicas. */
  public void awaitReplicas(int replicas) {
    Awaitility.await()
        .alias(namespace + "/" + name + " has " + replicas + " replicas")
        .atMost(DEADLINE)
        .pollInterval(LOOK_INTERVAL)
        .until(this::specReplicas, it -> it == replicas);
  }

  /** Waits for a time in which the Deployment is set to nothing but this. */
  public void assertHolds(int replicas, Duration span) {
    Awaitility.await()
        .during(span)
        .atMost(span.plusSeconds(5))
        .pollInterval(LOOK_INTERVAL)
        .failFast("replicas changed", () -> specReplicas() != replicas)
        .until(() -> specReplicas() == replicas);
  }

  /** Waits until the policy's object is as wanted, and answers it. */
  public JsonNode awaitPolicy(Predicate<JsonNode> wanted) {
    return awaitPolicy(name, wanted);
  }

  /** Waits until a policy of the same namespace is as wanted, and answers it. */
  public JsonNode awaitPolicy(String policy, Predicate<JsonNode> wanted) {
    return plane
        .api()
        .await(policyPath(policy), DEADLINE, answer -> wanted.test(answer.body()))
        .body();
  }

  /** The policy's object. */
  public JsonNode policy() {
    return plane.api().get(policyPath(name)).orThrow();
  }

  /** A condition of a policy's object. */
  public static JsonNode condition(JsonNode policy, String type) {
    for (JsonNode condition : policy.at("/status/conditions")) {
      if (condition.path("type").asString("").equals(type)) {
        return condition;
      }
    }
    return policy.path("none");
  }

  /** Sets an annotation of the policy, or takes it away with a text that ends in a minus. */
  public void annotate(String... annotations) {
    List<String> command =
        new ArrayList<>(List.of("annotate", "scalingpolicy", name, "-n", namespace, "--overwrite"));
    command.addAll(List.of(annotations));
    plane.kubectl().run(command.toArray(String[]::new)).orThrow();
  }

  /** Sets the replicas as a person does. */
  public void scaleByHand(int replicas) {
    plane
        .kubectl()
        .run("scale", "deployment", name, "-n", namespace, "--replicas=" + replicas)
        .orThrow();
  }

  private String deploymentPath() {
    return "/apis/apps/v1/namespaces/" + namespace + "/deployments/" + name;
  }

  private String policyPath(String policy) {
    return "/apis/gpuscaling.io/v1alpha1/namespaces/" + namespace + "/scalingpolicies/" + policy;
  }

  @Override
  public void close() {
    isClosed = true;
    try {
      observer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (String path :
        List.of(
            policyPath(name),
            "/apis/autoscaling/v2/namespaces/" + namespace + "/horizontalpodautoscalers/" + name,
            deploymentPath())) {
      var _ = plane.api().delete(path);
    }
  }
}
