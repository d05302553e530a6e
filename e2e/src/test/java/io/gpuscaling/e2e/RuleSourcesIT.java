package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.CommandLineUser;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.MeasuredInstallation;
import io.gpuscaling.e2e.world.MeasuredPods;
import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.e2e.world.ResponseTimes;
import io.gpuscaling.e2e.world.SteeredTarget;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.prometheus.Prometheus;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * Rules that observe what is not ours: CPU and memory of pods, by the real metrics-server, and
 * response times, by a real Prometheus. On a control plane of its own, since its pods are measured.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RuleSourcesIT {

  private static final String NAMESPACE = "sources-it";
  private static final Duration DEADLINE = Duration.ofMinutes(2);
  private static final Duration SOME_PERIODS = Duration.ofSeconds(8);
  private static final int PODS = MeasuredPods.REPLICAS;
  private static final String SHIPPED = "web-api-server-scaling-policy";

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private ControlPlane plane;
  private ResponseTimes page;
  private Installation installation;
  private MeasuredPods pods;

  /** As in the specification, over 10 s instead of 5 minutes. */
  private static String queries(URI prometheus) {
    return """
    prometheus:
      url: %s
      interval: 1s
      queries:
        - name: api-response-time-p95
          query: >-
            histogram_quantile(0.95, sum by (le)
            (rate(api_seconds_bucket{handler=~"/api/v1/(generations|projects)"}[10s])))
          namespaces: [sources-it]
        - name: api-response-time-p99
          query: >-
            histogram_quantile(0.99, sum by (le)
            (rate(api_seconds_bucket{handler=~"/api/v1/(generations|projects)"}[10s])))
          namespaces: [sources-it]
        - {name: somebody-elses, query: vector(1000), namespaces: [elsewhere]}
    """
        .formatted(prometheus);
  }

  @BeforeAll
  void start() throws IOException {
    Path folder = ScratchFolder.empty(Path.of("target", "rule-sources")).toAbsolutePath();
    page = new ResponseTimes();
    open.push(page);
    var prometheus = Prometheus.start(folder.resolve("prometheus"), List.of(page.port()));
    open.push(prometheus);
    var measured = MeasuredInstallation.start(folder, queries(prometheus.url()));
    open.push(measured);
    plane = measured.plane();
    installation = measured.installation();
    plane.objects().namespace(NAMESPACE);
    pods = new MeasuredPods(plane, NAMESPACE, MeasuredInstallation.NODE);
  }

  @AfterAll
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  /** An HPA by CPU and memory that may change nothing. */
  private static String watchingAutoscaler(String name) {
    return """
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: %1$s, namespace: %2$s}
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %1$s}
      minReplicas: %3$d
      maxReplicas: %3$d
      metrics:
        - type: Resource
          resource: {name: cpu, target: {type: Utilization, averageUtilization: 75}}
        - type: Resource
          resource: {name: memory, target: {type: Utilization, averageUtilization: 80}}
    """
        .formatted(name, NAMESPACE, PODS);
  }

  private static String hpaPath(String name) {
    return "/apis/autoscaling/v2/namespaces/" + NAMESPACE + "/horizontalpodautoscalers/" + name;
  }

  private static int utilization(JsonNode hpa, String resource) {
    for (JsonNode metric : hpa.at("/status/currentMetrics")) {
      if (metric.at("/resource/name").asString("").equals(resource)) {
        return metric.at("/resource/current/averageUtilization").asInt(-1);
      }
    }
    return -1;
  }

  private static double observed(JsonNode policy, String rule) {
    for (JsonNode each : policy.at("/status/decision/rules")) {
      if (each.path("name").asString("").equals(rule)) {
        return each.path("value").asDouble(-1);
      }
    }
    return -1;
  }

  @Test
  void utilization_isThatOfTheNativeHpa_andDrivesAPolicy() throws Exception {
    plane.kubectl().apply(pods.deployment("api"));
    pods.use("api");
    plane.kubectl().apply(watchingAutoscaler("api"));
    JsonNode hpa =
        plane
            .api()
            .await(
                hpaPath("api"),
                DEADLINE,
                it -> utilization(it.body(), "cpu") == 86 && utilization(it.body(), "memory") == 43)
            .body();
    plane.api().delete(hpaPath("api")).orThrow();
    plane.kubectl().apply(SteeredTarget.autoscaler(NAMESPACE, "api", 1));

    try (var target = SteeredTarget.watch(plane, NAMESPACE, "api")) {
      target.policy(
          """
          mode: Shadow
          maxReplicas: 9
          evaluationInterval: 1s
          rules:
            - name: cpu
              metric: {name: avg_target_cpu_utilization_percentage}
              scaleUp: {threshold: 75}
              scaleDown: {operator: LessThan, threshold: 25}
            - name: memory
              metric: {name: avg_target_memory_utilization_percentage}
              scaleUp: {threshold: 80}
              scaleDown: {operator: LessThan, threshold: 40}
          """);
      JsonNode policy =
          target.awaitPolicy(it -> observed(it, "cpu") > 0 && observed(it, "memory") > 0);
      assertThat((int) observed(policy, "cpu")).isEqualTo(utilization(hpa, "cpu"));
      assertThat((int) observed(policy, "memory")).isEqualTo(utilization(hpa, "memory"));
      target.assertHolds(PODS, SOME_PERIODS);

      target.policy(
          """
          maxReplicas: 9
          evaluationInterval: 1s
          cooldown: {scaleUp: 1h, scaleDown: 1h}
          rules:
            - name: cpu
              metric: {name: avg_target_cpu_utilization_percentage}
              scaleUp: {threshold: 75}
              scaleDown: {operator: LessThan, threshold: 25}
          """);
      target.awaitReplicas(PODS + 1);
      target.assertHolds(PODS + 1, SOME_PERIODS);
    }
  }

  @Test
  void responseTimes_driveAPolicy_atP95Of500ms_orP99Of1000ms() throws Exception {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "web", 5, 1)) {
      page.serve(ResponseTimes.FAST);
      target.policy(
          """
          minReplicas: 3
          maxReplicas: 20
          evaluationInterval: 1s
          cooldown: {scaleUp: 5s, scaleDown: 1h}
          runawayProtection: {maxActionsPerHour: 3600}
          rules:
            - name: p95
              metric: {name: api_response_time_p95_seconds, query: api-response-time-p95}
              scaleUp: {threshold: "0.5"}
              evaluationPeriods: 3
            - name: p99
              metric: {name: api_response_time_p99_seconds, query: api-response-time-p99}
              scaleUp: {threshold: 1}
              evaluationPeriods: 3
          """);
      target.awaitPolicy(it -> observed(it, "p95") > 0 && observed(it, "p99") > 0);
      target.assertHolds(5, SOME_PERIODS);

      // 96 of 100 within 0.5 s: the P95 is still below, the P99 is not.
      page.serve(ResponseTimes.SLOW_TAIL);
      target.awaitReplicas(6);
      JsonNode policy = target.policy();
      assertThat(observed(policy, "p95")).isLessThan(0.5);

      page.serve(ResponseTimes.SLOW);
      target.awaitPolicy(it -> observed(it, "p95") > 0.5);
      target.awaitReplicas(8);

      page.serve(ResponseTimes.NOBODY);
      target.awaitPolicy(it -> it.toString().contains("the result is NaN"));
      int replicas = target.specReplicas();
      target.assertHolds(replicas, SOME_PERIODS);
    }
  }

  @Test
  void shippedWebPolicy_addsOneByCpu_andSaysThatItCoolsDown() throws Exception {
    plane.kubectl().apply(pods.deployment("web-api-server"));
    pods.use("web-api-server");
    plane.kubectl().apply(SteeredTarget.autoscaler(NAMESPACE, "web-api-server", PODS));
    Path shipped = Repository.path("manifests", "policies", SHIPPED + ".yaml");
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "web-api-server")) {
      plane
          .kubectl()
          .apply(
              Files.readString(shipped).replace("namespace: default", "namespace: " + NAMESPACE));

      target.awaitReplicas(PODS + 1);
      JsonNode held =
          target.awaitPolicy(
              SHIPPED, it -> it.at("/status/decision/reason").asString("").equals("CoolingDown"));
      // The fourth pod uses nothing yet: of its figure only what it was before counts.
      assertThat(held.at("/status/state").asString()).isEqualTo("Held");
      assertThat(target.history()).containsExactly(PODS, PODS + 1);
    } finally {
      plane.kubectl().run("delete", "scalingpolicy", SHIPPED, "-n", NAMESPACE).orThrow();
    }
  }

  @Test
  void hpaOfAPolicyThatAsksForIt_isWritten_steers_isWrittenBack_andGoesWithThePolicy()
      throws Exception {
    plane.kubectl().apply(pods.deployment("written"));
    pods.use("written");
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "written");
        var _ = plane.startGarbageCollector()) {
      target.policy(
          """
          maxReplicas: 9
          writeAutoscaler: true
          evaluationInterval: 1s
          cooldown: {scaleUp: 1h, scaleDown: 1h}
          rules:
            - name: cpu
              metric: {name: avg_target_cpu_utilization_percentage}
              scaleUp: {threshold: 75}
              scaleDown: {operator: LessThan, threshold: 25}
          """);

      target.awaitReplicas(PODS + 1);
      JsonNode made = plane.api().get(hpaPath("written")).orThrow();
      assertThat(made.at("/metadata/ownerReferences/0/uid").asString(""))
          .isEqualTo(target.policy().at("/metadata/uid").asString("none"));
      target.awaitPolicy(
          it -> SteeredTarget.condition(it, "Followed").path("status").asString("").equals("True"));

      plane
          .api()
          .merge(hpaPath("written"), "{\"spec\": {\"minReplicas\": 3, \"maxReplicas\": 50}}")
          .orThrow();
      JsonNode mended =
          plane
              .api()
              .await(
                  hpaPath("written"),
                  DEADLINE,
                  it -> it.body().at("/spec/maxReplicas").asInt(0) == 9)
              .body();
      assertThat(mended.at("/spec")).isEqualTo(made.at("/spec"));
      assertThat(mended.at("/metadata/uid")).isEqualTo(made.at("/metadata/uid"));

      plane.kubectl().run("delete", "scalingpolicy", "written", "-n", NAMESPACE).orThrow();
      Awaitility.await()
          .atMost(DEADLINE)
          .until(() -> !plane.api().get(hpaPath("written")).isSuccess());
      assertThat(target.history()).containsExactly(PODS, PODS + 1);
    }
  }

  @Test
  void hpaOfAPolicyThatAsksForIt_isNotWrittenBesideAnother() throws Exception {
    plane.kubectl().apply(pods.deployment("taken"));
    plane.kubectl().apply(watchingAutoscaler("taken"));
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "taken")) {
      JsonNode before = plane.api().get(hpaPath("taken")).orThrow().at("/spec");
      target.policy(
          """
          maxReplicas: 9
          writeAutoscaler: true
          evaluationInterval: 1s
          rules:
            - name: cpu
              metric: {name: avg_target_cpu_utilization_percentage}
              scaleUp: {threshold: 75}
          """);

      JsonNode ready =
          SteeredTarget.condition(
              target.awaitPolicy(it ->
                  SteeredTarget.condition(it, "Ready").path("status").asString("").equals("False")),
              "Ready");

      assertThat(ready.path("reason").asString("")).isEqualTo("ForeignAutoscaler");
      assertThat(plane.api().get(hpaPath("taken")).orThrow().at("/spec")).isEqualTo(before);
    }
  }

  @Test
  void queryThatIsNotGranted_isNotReady_andTheTargetKeepsItsReplicas() throws Exception {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "foreign", 5, 1)) {
      target.policy(
          """
          maxReplicas: 20
          evaluationInterval: 1s
          rules:
            - name: load
              metric: {name: load, query: somebody-elses}
              scaleUp: {threshold: 1}
          """);

      JsonNode ready =
          SteeredTarget.condition(
              target.awaitPolicy(it ->
                  SteeredTarget.condition(it, "Ready").path("status").asString("").equals("False")),
              "Ready");

      assertThat(ready.path("reason").asString("")).isEqualTo("QueryNotGranted");
      assertThat(ready.path("message").asString(""))
          .isEqualTo(
              "rule load: PromQL query somebody-elses is not granted to namespace sources-it: list"
                  + " it with this namespace in prometheus.queries of the metrics-adapter's"
                  + " configuration");
      target.assertHolds(5, SOME_PERIODS);
    }
  }

  /** The last one: no adapter is left. */
  @Test
  @Order(Integer.MAX_VALUE)
  void everyAdapterIsDead_theSafetyMetricStillAdds_andNothingIsTakenAway() throws Exception {
    plane.kubectl().apply(pods.deployment("guarded"));
    pods.use("guarded");
    pods.useAll("guarded", 50);
    Path policy = Path.of("target", "guarded.yaml").toAbsolutePath();
    Files.writeString(
        policy,
        SteeredTarget.policy(
            NAMESPACE,
            "guarded",
            "guarded",
            """
            maxReplicas: 9
            evaluationInterval: 1s
            rules:
              - name: memory
                metric: {name: avg_target_memory_utilization_percentage}
                scaleUp: {threshold: 90}
            """));
    plane.kubectl().run("apply", "-f", policy.toString()).orThrow();
    plane
        .kubectl()
        .apply(
            new CommandLineUser(plane)
                .gpuscaling("generate", policy.toString(), "--cpu-safety=60")
                .orThrow());
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "guarded")) {
      target.awaitPolicy(it -> it.at("/status/state").asString("").equals("Steady"));
      target.assertHolds(PODS, SOME_PERIODS);

      installation.adapters().forEach(it -> it.process().kill());
      // 90 of 60 percent: half as many again.
      pods.useAll("guarded", 90);
      Awaitility.await().atMost(DEADLINE).until(() -> target.specReplicas() > PODS);

      pods.useAll("guarded", 5);
      int replicas = target.specReplicas();
      target.assertHolds(replicas, SOME_PERIODS.multipliedBy(2));
      assertThat(target.history()).isSorted();
    }
  }
}
