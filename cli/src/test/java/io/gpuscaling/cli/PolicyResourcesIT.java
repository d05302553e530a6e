package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.policy.PolicyResources;
import io.gpuscaling.kubernetes.policy.ScalingPolicyReader;
import io.gpuscaling.kubernetes.policy.ScalingProfileReader;
import io.gpuscaling.kubernetes.resource.CustomResource;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.Kubectl;
import io.gpuscaling.testkit.junit.ControlPlaneExtension;
import io.gpuscaling.testkit.process.Command;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The CRDs on a real API server: it explains every field, and refuses what our reader refuses. */
@Timeout(120)
@ExtendWith(ControlPlaneExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyResourcesIT {

  private static final Path MANIFESTS = Path.of("..", "manifests");

  private static final String POLICY =
      """
      apiVersion: gpuscaling.io/v1alpha1
      kind: ScalingPolicy
      metadata: {name: probe, namespace: default}
      spec:
        scaleTargetRef: {kind: Deployment, name: worker}
        minReplicas: 2
        maxReplicas: 50
        rules:
          - name: queue
            metric: {name: rabbitmq_queue_messages_ready}
            scaleUp: {threshold: 100}
            scaleDown: {threshold: 10}
        schedule:
          - {name: night, start: "0 2 * * *", end: "0 6 * * *", maxReplicas: 3}
      """;

  private static final String POOL =
      """
      apiVersion: gpuscaling.io/v1alpha1
      kind: GpuPool
      metadata: {name: probe}
      spec: {gpuLimit: 10, namespaces: [{name: ai}]}
      """;

  private final Kubectl kubectl;
  private Command.Result applied = new Command.Result(List.of(), -1, "", "");

  PolicyResourcesIT(ControlPlane plane) {
    this.kubectl = plane.kubectl();
  }

  @BeforeAll
  void apply() {
    applied = kubectl.run("apply", "--server-side", "-k", MANIFESTS.resolve("crds").toString());
    applied.orThrow();
    for (CustomResource kind : PolicyResources.all()) {
      kubectl
          .run(
              "wait",
              "--for=condition=Established",
              "--timeout=30s",
              "crd/" + kind.names().plural() + "." + kind.group())
          .orThrow();
    }
  }

  @Test
  void crds_areAcceptedWithoutWarning() {
    assertThat(applied.stderr()).isEmpty();
    assertThat(applied.isSuccess()).isTrue();
  }

  @Test
  void explain_hasTheTextOfEveryField() {
    for (CustomResource kind : PolicyResources.all()) {
      String explained =
          kubectl.run("explain", "--recursive=true", kind.names().plural()).orThrow();
      assertThat(explained).contains("GROUP:      gpuscaling.io", "VERSION:    v1alpha1");
      for (CustomResource.Row row : kind.rows()) {
        assertThat(explained).contains(row.field().name());
      }
    }
    assertThat(words(kubectl.run("explain", "sp.spec.rules.evaluationPeriods").orThrow()))
        .contains("N: so many evaluations are looked back upon.");
    assertThat(words(kubectl.run("explain", "gpupools.spec.gpuLimit").orThrow()))
        .contains("gpu_count_total: the most GPUs, a hard cap.");
  }

  private static String words(String text) {
    return text.replaceAll("\\s+", " ");
  }

  @Test
  void shippedPolicies_areAccepted_andShownInTheirColumns() {
    kubectl.run("apply", "--server-side", "-k", MANIFESTS.resolve("policies").toString()).orThrow();
    String status =
        "{\"status\": {\"currentReplicas\": 4, \"desiredReplicas\": 6, \"state\": \"ScalingUp\","
            + " \"conditions\": [{\"type\": \"Ready\", \"status\": \"True\", \"reason\":"
            + " \"Steering\", \"message\": \"\u2026\", \"lastTransitionTime\":"
            + " \"2026-11-25T03:12:00Z\"}]}}";
    kubectl
        .run(
            "patch",
            "sp",
            "ai-gpu-worker-scaling-policy",
            "--subresource=status",
            "--type=merge",
            "-p",
            status)
        .orThrow();

    List<String> lines =
        kubectl.run("get", "sp", "ai-gpu-worker-scaling-policy").orThrow().lines().toList();
    assertThat(lines.getFirst()).matches("NAME +READY +DESIRED +CURRENT +STATE +AGE *");
    assertThat(lines.get(1)).matches("ai-gpu-worker-scaling-policy +True +6 +4 +ScalingUp +\\S+ *");
    assertThat(kubectl.run("get", "gpuscaling").orThrow())
        .contains("gpupool.gpuscaling.io/production", "scalingprofile.gpuscaling.io/staging");
    kubectl.run("delete", "-k", MANIFESTS.resolve("policies").toString()).orThrow();
  }

  @Test
  void defaultsOfTheApiServer_areThoseOfTheReader() {
    String smallest =
        """
        apiVersion: gpuscaling.io/v1alpha1
        kind: ScalingPolicy
        metadata: {name: smallest, namespace: default}
        spec:
          scaleTargetRef: {kind: Deployment, name: worker}
          maxReplicas: 50
          rules: [{name: queue, metric: {name: gpu_count}, scaleUp: {threshold: 100}}]
        """;
    String stored =
        kubectl
            .runWithInput(smallest, "create", "--dry-run=server", "-o", "json", "-f", "-")
            .orThrow();
    JsonNode tree = JsonMapper.builder().build().readTree(stored);
    assertThat(tree.at("/spec/cooldown/scaleDown").asString()).isEqualTo("600s");
    assertThat(tree.at("/spec/rules/0/scaleUp/operator").asString()).isEqualTo("GreaterThan");

    Read<?> ofStored = ScalingPolicyReader.read(object(stored)).map(it -> it.policy());
    assertThat(ofStored)
        .isEqualTo(ScalingPolicyReader.read(object(smallest)).map(it -> it.policy()));
  }

  static Stream<String> faults() {
    return Stream.of(
        "maxReplicas: 50 -> maxReplicas: 1",
        "maxReplicas: 50 -> maxReplicas: 0",
        "maxReplicas: 50 -> maxReplicas: many",
        "threshold: 10} -> threshold: 100}",
        "threshold: 10} -> threshold: 0.5}",
        "threshold: 10} -> threshold: lots}",
        "threshold: 10} -> operator: GreaterThan, threshold: 10}",
        "threshold: 10} -> threshold: 10, step: {type: Ladder}}",
        "threshold: 10} -> threshold: 10, step: {value: 0}}",
        "threshold: 10} -> threshold: 10}\n      targetPerReplica: 5",
        "threshold: 10} -> threshold: 10}\n      maxStepUp: 5",
        "threshold: 10} -> threshold: 10}\n      evaluationPeriods: 2\n      dataPointsToAlarm: 3",
        "threshold: 10} -> threshold: 10}\n      evaluationPeriods: 101",
        "threshold: 10} -> threshold: 10}\n      cooldown: {scaleUp: 60s}",
        "threshold: 10} -> threshold: 10}\n      cooldown: {scaleUp: 25h}",
        "rabbitmq_queue_messages_ready -> rabbitmq_queue_message_ready",
        "rabbitmq_queue_messages_ready} -> a_b, query: q, selector: {matchLabels: {a: b}}}",
        "rabbitmq_queue_messages_ready} -> avg_target_cpu_utilization_percentage, selector:"
            + " {matchLabels: {a: b}}}",
        "name: queue -> name: Queue",
        "name: queue -> nam: queue",
        "name: probe -> name: " + "p".repeat(64),
        "kind: Deployment -> kind: deployment",
        "minReplicas: 2 -> minReplicas: 2\n  mode: Dark",
        "minReplicas: 2 -> minReplicas: 2\n  reclaim: true",
        "minReplicas: 2 -> minReplicas: 2\n  evaluationInterval: 15",
        "minReplicas: 2 -> minReplicas: 2\n  evaluationInterval: 11m",
        "minReplicas: 2 -> minReplicas: 2\n  runawayProtection: {maxActionsPerHour: 12}",
        "minReplicas: 2 -> minReplicas: 2\n  fallback: {type: AtLeast}",
        "minReplicas: 2 -> minReplicas: 2\n  vramGate: {mode: AutoscaledPool}",
        "minReplicas: 2 -> minReplicas: 2\n  maxScalingRate: {scaleUp: {replicas: 0}}",
        "end: \"0 6 * * *\" -> end: \"0 6 * * *\", duration: 4h",
        "end: \"0 6 * * *\" -> end: \"0 6 * *\"",
        "maxReplicas: 3 -> minReplicas: 4, maxReplicas: 3",
        "maxReplicas: 3 -> timeZone: UTC",
        "maxReplicas: 3 -> rules: [{name: none, scaleUp: {threshold: 1}}]");
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_isRefusedByTheApiServerAndByTheReader(String fault) {
    String[] change = fault.split(" -> ", 2);
    String faulty = POLICY.replace(change[0], change[1]);
    assertThat(faulty).isNotEqualTo(POLICY);

    assertThat(dryRun(faulty).exitCode()).as(dryRun(faulty).stdout()).isNotZero();
    assertThat(ScalingPolicyReader.read(object(faulty))).isInstanceOf(Read.Invalid.class);
  }

  @Test
  void withoutFault_bothAccept() {
    assertThat(dryRun(POLICY).orThrow()).contains("created");
    assertThat(ScalingPolicyReader.read(object(POLICY))).isInstanceOf(Read.Valid.class);
    assertThat(dryRun(POOL).orThrow()).contains("created");
    assertThat(GpuPool.read(object(POOL))).isInstanceOf(Read.Valid.class);
  }

  @Test
  void contradiction_isToldByTheApiServerInTheWordsOfTheReader() {
    String faulty = POLICY.replace("threshold: 10}", "threshold: 100}");
    String told =
        "must leave a dead band to scaleUp.threshold: below it, or above it where less scales up";

    assertThat(dryRun(faulty).stderr())
        .contains("spec.rules[0].scaleDown.threshold: Invalid value", told);
    assertThat(problems(faulty)).anyMatch(it -> it.contains(told));
  }

  @Test
  void timeZoneOrCronThatDoesNotExist_isRefusedByTheReaderAlone() {
    String zone = POLICY.replace("maxReplicas: 3", "maxReplicas: 3, timeZone: Europe/Berln");
    assertThat(problems(zone)).singleElement().asString().contains("Europe/Berlin?");
    assertThat(dryRun(zone).isSuccess()).isTrue();
    String cron = POLICY.replace("0 2 * * *", "0 26 * * *");
    assertThat(problems(cron)).singleElement().asString().contains("Value 26 not in range");
    assertThat(dryRun(cron).isSuccess()).isTrue();
  }

  @Test
  void poolsAndProfiles_areRefusedByBoth() {
    for (String change : List.of("10", "-1", "many")) {
      String pool = POOL.replace("gpuLimit: 10", "gpuLimit: " + change);
      assertThat(dryRun(pool).isSuccess())
          .isEqualTo(GpuPool.read(object(pool)) instanceof Read.Valid);
    }
    String profile =
        """
        apiVersion: gpuscaling.io/v1alpha1
        kind: ScalingProfile
        metadata: {name: probe}
        spec: {aggressiveness: Wild}
        """;
    assertThat(dryRun(profile).isSuccess()).isFalse();
    assertThat(ScalingProfileReader.read(object(profile))).isInstanceOf(Read.Invalid.class);
  }

  @Test
  void generatedHpa_isStoredAsPrinted_toleranceIncluded() {
    Run run =
        Run.of(
            "generate",
            "--cpu-safety",
            "90",
            MANIFESTS.resolve("policies/background-jobs.yaml").toString());
    String stored =
        kubectl
            .runWithInput(run.out(), "create", "--dry-run=server", "-o", "json", "-f", "-")
            .orThrow();
    JsonNode hpa = JsonMapper.builder().build().readTree(stored);

    assertThat(hpa.at("/spec/minReplicas").asInt()).isZero();
    assertThat(hpa.at("/spec/behavior/scaleUp/tolerance").asString()).isEqualTo("0");
    assertThat(hpa.at("/spec/behavior/scaleDown/tolerance").asString()).isEqualTo("0");
    assertThat(hpa.at("/spec/metrics/0/object/metric/name").asString())
        .isEqualTo("scaling_policy_desired_replicas");
  }

  private Command.Result dryRun(String yaml) {
    return kubectl.runWithInput(yaml, "create", "--dry-run=server", "--validate=strict", "-f", "-");
  }

  private static Map<String, Object> object(String yaml) {
    return switch (YamlDocuments.read(yaml)) {
      case Read.Valid<List<Map<String, Object>>>(var documents) -> documents.getFirst();
      case Read.Invalid<List<Map<String, Object>>>(List<Problem> problems) ->
          throw new AssertionError(problems);
    };
  }

  private static List<String> problems(String yaml) {
    return switch (ScalingPolicyReader.read(object(yaml))) {
      case Read.Valid<?> _ -> List.of();
      case Read.Invalid<?>(List<Problem> problems) ->
          problems.stream().map(Problem::toString).toList();
    };
  }
}
