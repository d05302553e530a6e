package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.MeasuredInstallation;
import io.gpuscaling.e2e.world.MeasuredPods;
import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.e2e.world.SteeredTarget;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who has the HPA of a workload and what becomes of its pods and pools: HPAs that their owners give
 * to policies, and take back; idle web pods that go first; pools that contradict themselves.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AutoscalerOwnersIT {

  private static final String NAMESPACE = "owners-it";
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final Duration SOME_PERIODS = Duration.ofSeconds(8);
  private static final int PODS = MeasuredPods.REPLICAS;
  private static final String COST = "controller.kubernetes.io/pod-deletion-cost";

  private MeasuredInstallation measured;
  private ControlPlane plane;
  private MeasuredPods pods;

  @BeforeAll
  void start() {
    measured =
        MeasuredInstallation.start(
            ScratchFolder.empty(Path.of("target", "autoscaler-owners")).toAbsolutePath(), "");
    plane = measured.plane();
    plane.objects().namespace(NAMESPACE);
    pods = new MeasuredPods(plane, NAMESPACE, MeasuredInstallation.NODE);
  }

  @AfterAll
  void stop() {
    measured.close();
  }

  /** Somebody's HPA by CPU, in whose band the pods are. */
  private static String foreign(String name, String target) {
    return """
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: %s, namespace: %s}
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %s}
      minReplicas: 2
      maxReplicas: 30
      behavior: {scaleDown: {stabilizationWindowSeconds: 120}}
      metrics:
        - type: Resource
          resource: {name: cpu, target: {type: Utilization, averageUtilization: 88}}
    """
        .formatted(name, NAMESPACE, target);
  }

  private static String byCpu(String up) {
    return """
    maxReplicas: 9
    writeAutoscaler: true
    evaluationInterval: 1s
    cooldown: {scaleUp: 1h, scaleDown: 1h}
    rules:
      - name: cpu
        metric: {name: avg_target_cpu_utilization_percentage}
        scaleUp: {threshold: %s}
    """
        .formatted(up);
  }

  private static String hpaPath(String name) {
    return "/apis/autoscaling/v2/namespaces/" + NAMESPACE + "/horizontalpodautoscalers/" + name;
  }

  private void annotate(String hpa, String annotation) {
    plane
        .kubectl()
        .run("annotate", "hpa", hpa, "-n", NAMESPACE, "--overwrite", annotation)
        .orThrow();
  }

  private static String ready(JsonNode object) {
    JsonNode ready = SteeredTarget.condition(object, "Ready");
    return ready.path("status").asString("") + " " + ready.path("reason").asString("");
  }

  @Test
  void foreignHpa_isTakenOverWhenItsOwnerMarksIt_andGivenBackWhenTheMarkGoes() throws Exception {
    plane.kubectl().apply(pods.deployment("web"));
    pods.use("web");
    plane.kubectl().apply(foreign("shop", "web"));
    plane
        .api()
        .await(
            hpaPath("shop"),
            DEADLINE,
            it -> it.body().at("/status/conditions").toString().contains("ValidMetricFound"));
    JsonNode before = plane.api().get(hpaPath("shop")).orThrow().at("/spec");
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "web")) {
      target.policy(byCpu("200"));
      target.awaitPolicy(it -> ready(it).equals("False ForeignAutoscaler"));
      target.assertHolds(PODS, SOME_PERIODS);
      assertThat(plane.api().get(hpaPath("shop")).orThrow().at("/spec")).isEqualTo(before);

      annotate("shop", "gpuscaling.io/take-over=web");
      JsonNode taken =
          plane
              .api()
              .await(
                  hpaPath("shop"),
                  DEADLINE,
                  it -> !it.body().at("/metadata/ownerReferences/0/uid").isMissingNode())
              .body();
      assertThat(taken.at("/metadata/ownerReferences/0/uid").asString(""))
          .isEqualTo(target.policy().at("/metadata/uid").asString("none"));
      assertThat(taken.at("/spec/maxReplicas").asInt(0)).isEqualTo(9);
      assertThat(taken.at("/spec/metrics/0/type").asString("")).isEqualTo("Object");
      assertThat(
              JsonMapper.shared()
                  .readTree(taken.at("/metadata/annotations/gpuscaling.io~1former-spec").asString())
                  .at("/metrics"))
          .isEqualTo(before.at("/metrics"));
      target.awaitPolicy(it -> ready(it).equals("True Steering"));
      target.assertHolds(PODS, SOME_PERIODS);
      assertThat(target.history()).containsExactly(PODS);
      assertThat(plane.kubectl().run("get", "events", "-n", NAMESPACE).stdout())
          .contains("TakenOver");

      target.policy(byCpu("75"));
      target.awaitReplicas(PODS + 1);
      target.assertHolds(PODS + 1, SOME_PERIODS);
      assertThat(target.history()).containsExactly(PODS, PODS + 1);

      annotate("shop", "gpuscaling.io/take-over-");
      JsonNode back =
          plane
              .api()
              .await(
                  hpaPath("shop"),
                  DEADLINE,
                  it -> it.body().at("/metadata/ownerReferences").isMissingNode())
              .body();
      assertThat(back.at("/spec")).isEqualTo(before);
      assertThat(back.at("/metadata/annotations").toString()).doesNotContain("gpuscaling.io");
      target.awaitPolicy(it -> ready(it).equals("False ForeignAutoscaler"));
    } finally {
      plane.api().delete(hpaPath("shop")).orThrow();
    }
  }

  @Test
  void hpaThatSomebodyControls_orThatNamesAnotherPolicy_isLeftAlone() throws Exception {
    plane.kubectl().apply(SteeredTarget.deployment(NAMESPACE, "held", PODS));
    plane
        .kubectl()
        .apply(
            foreign("keda-hpa-held", "held")
                .replace(
                    "namespace: " + NAMESPACE + "}",
                    "namespace: "
                        + NAMESPACE
                        + ", annotations: {gpuscaling.io/take-over: held}, ownerReferences:"
                        + " [{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: held, uid:"
                        + " 6f0f6f0f-0000-4000-8000-000000000001, controller: true}]}"));
    JsonNode before = plane.api().get(hpaPath("keda-hpa-held")).orThrow().at("/spec");
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "held")) {
      target.policy(byCpu("75"));
      JsonNode policy = target.awaitPolicy(it -> ready(it).equals("False TakeOverControlled"));
      assertThat(SteeredTarget.condition(policy, "Ready").path("message").asString(""))
          .contains("ScaledObject/held controls it");

      plane
          .api()
          .merge(hpaPath("keda-hpa-held"), "{\"metadata\": {\"ownerReferences\": null}}")
          .orThrow();
      annotate("keda-hpa-held", "gpuscaling.io/take-over=somebody-else");
      target.awaitPolicy(it -> ready(it).equals("False TakeOverNamesAnother"));
      target.assertHolds(PODS, SOME_PERIODS);
      assertThat(plane.api().get(hpaPath("keda-hpa-held")).orThrow().at("/spec")).isEqualTo(before);
    } finally {
      plane.api().delete(hpaPath("keda-hpa-held")).orThrow();
    }
  }

  private JsonNode annotationsOf(String pod) {
    return plane
        .api()
        .get("/api/v1/namespaces/" + NAMESPACE + "/pods/" + pod)
        .body()
        .at("/metadata/annotations");
  }

  /** Names of the pods of a Deployment by what they use, the idlest first. */
  private List<String> byUse(String name) {
    var byUse = new TreeMap<Integer, String>();
    for (JsonNode pod :
        plane
            .api()
            .get("/api/v1/namespaces/" + NAMESPACE + "/pods?labelSelector=app%3D" + name)
            .orThrow()
            .at("/items")) {
      String use = pod.at("/metadata/annotations/kwok.x-k8s.io~1usage-cpu").asString("0m");
      byUse.put(
          Integer.parseInt(use.substring(0, use.length() - 1)),
          pod.at("/metadata/name").asString(""));
    }
    return List.copyOf(byUse.values());
  }

  @Test
  void webPodThatUsesTheLeastCpu_isMarkedBeforeTheLowerNumberIsServed_andGoes() throws Exception {
    plane.kubectl().apply(pods.deployment("pages"));
    pods.use("pages");
    List<String> names = byUse("pages");
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "pages")) {
      // Above it with two pods, the idlest gone.
      target.policy(
          """
          maxReplicas: 9
          evaluationInterval: 1s
          cooldown: {scaleUp: 1h, scaleDown: 1s}
          rules:
            - name: cpu
              metric: {name: avg_target_cpu_utilization_percentage}
              scaleUp: {threshold: 200}
              scaleDown: {operator: LessThan, threshold: 95}
          """);
      // No HPA follows yet: the decision waits, and the number is served.
      target.awaitPolicy(it -> it.at("/status/actions/pending/to").asInt(-1) == PODS - 1);
      assertThat(annotationsOf(names.getFirst()).path(COST).asString("")).isEqualTo("-1000");
      assertThat(annotationsOf(names.get(1)).has(COST)).isFalse();
      assertThat(annotationsOf(names.get(2)).has(COST)).isFalse();

      target.annotate("gpuscaling.io/override=pause");
      target.awaitPolicy(it -> it.at("/status/actions/pending").isMissingNode());
      Awaitility.await().atMost(DEADLINE).until(() -> !annotationsOf(names.getFirst()).has(COST));

      target.annotate("gpuscaling.io/override-");
      target.awaitPolicy(it -> it.at("/status/actions/pending/to").asInt(-1) == PODS - 1);
      assertThat(annotationsOf(names.getFirst()).path(COST).asString("")).isEqualTo("-1000");

      plane.kubectl().apply(SteeredTarget.autoscaler(NAMESPACE, "pages", 1));
      target.awaitReplicas(PODS - 1);
      Awaitility.await()
          .atMost(DEADLINE)
          .until(() -> byUse("pages").equals(names.subList(1, PODS)));
    }
  }

  @Test
  void clusterThatCanScaleToZero_isFoundOutByADryRun_whichLeavesNothingBehind() {
    plane.kubectl().apply(SteeredTarget.deployment(NAMESPACE, "night", PODS));
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "night")) {
      target.policy(
          byCpu("75").replace("writeAutoscaler: true", "")
              + """
              schedule:
                - {name: night, start: "0 22 * * *", duration: 1m, minReplicas: 0, maxReplicas: 0}
              """);
      JsonNode policy =
          target.awaitPolicy(it ->
              SteeredTarget.condition(it, "ScaleToZero")
                  .path("reason")
                  .asString("")
                  .equals("Probed"));
      assertThat(ready(policy)).isEqualTo("True Steering");
      assertThat(plane.kubectl().run("get", "hpa", "-A").stdout()).doesNotContain("probe");
    }
  }

  private JsonNode awaitPool(String reason) {
    return plane
        .api()
        .await(
            "/apis/gpuscaling.io/v1alpha1/gpupools/odd",
            DEADLINE,
            it -> ready(it.body()).equals(reason))
        .body();
  }

  private static String pool(int limit) {
    return """
    apiVersion: gpuscaling.io/v1alpha1
    kind: GpuPool
    metadata: {name: odd}
    spec:
      gpuLimit: %d
      nodeSelector: {matchLabels: {pool: odd}}
      namespaces: [{name: %s, highestClass: critical}]
    """
        .formatted(limit, NAMESPACE);
  }

  @Test
  void poolThatContradictsItself_orCannotBeRead_isNotReadyWithAReason() throws Exception {
    Path file = Path.of("target", "odd-pool.yaml").toAbsolutePath();
    for (String wrong : List.of(pool(-1), pool(2).replace("critical", "urgent"))) {
      Files.writeString(file, wrong);
      assertThat(plane.kubectl().run("apply", "-f", file.toString()).exitCode()).isNotZero();
    }
    plane.kubectl().apply(pool(2));
    JsonNode empty = awaitPool("False NoNodes");
    assertThat(SteeredTarget.condition(empty, "Ready").path("message").asString(""))
        .contains("pool=odd");
    assertThat(empty.at("/status/size").asInt(-1)).isZero();

    plane.objects().gpuNode("odd-node", 8);
    plane.kubectl().run("label", "node", "odd-node", "pool=odd").orThrow();
    awaitPool("True Counted");

    plane.kubectl().apply(SteeredTarget.deployment(NAMESPACE, "pooled", PODS));
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "pooled")) {
      target.policy(byCpu("75").replace("writeAutoscaler: true", "minReplicas: 3") + "pool: odd\n");
      JsonNode small = awaitPool("False LimitBelowMinimums");
      assertThat(SteeredTarget.condition(small, "Ready").path("message").asString(""))
          .contains("spec.gpuLimit is 2", NAMESPACE + "/pooled: 3");
      plane.kubectl().apply(pool(4));
      awaitPool("True Counted");
    }

    // As one that was stored before the API server knew better.
    String crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gpupools.gpuscaling.io";
    plane
        .kubectl()
        .run(
            "patch",
            "crd",
            "gpupools.gpuscaling.io",
            "--type=json",
            "-p",
            "[{\"op\": \"remove\", \"path\": \"/spec/versions/0/schema/openAPIV3Schema/properties/"
                + "spec/properties/gpuLimit/minimum\"}]")
        .orThrow();
    assertThat(plane.api().get(crd).orThrow().toString()).contains("gpuLimit");
    try {
      Awaitility.await()
          .atMost(DEADLINE)
          .until(() ->
              plane
                  .api()
                  .merge(
                      "/apis/gpuscaling.io/v1alpha1/gpupools/odd", "{\"spec\": {\"gpuLimit\": -1}}")
                  .isSuccess());
      JsonNode invalid = awaitPool("False Invalid");
      assertThat(SteeredTarget.condition(invalid, "Ready").path("message").asString(""))
          .contains("spec.gpuLimit");
      assertThat(invalid.at("/status/observedGeneration").asInt(-1))
          .isEqualTo(invalid.at("/metadata/generation").asInt(-2));
    } finally {
      plane.kubectl().run("delete", "gpupool", "odd").orThrow();
      plane
          .kubectl()
          .run(
              "apply",
              "--server-side",
              "--force-conflicts",
              "-k",
              Repository.path("manifests", "crds").toString())
          .orThrow();
    }
  }
}
