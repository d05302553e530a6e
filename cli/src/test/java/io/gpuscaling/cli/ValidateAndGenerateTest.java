package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateAndGenerateTest {

  private static final Path POLICIES = Path.of("..", "manifests", "policies");

  @TempDir private Path folder;

  private Run validate(String yaml) throws IOException {
    Path file = Files.writeString(folder.resolve("objects.yaml"), yaml);
    Run run = Run.of("validate", file.toString());
    return new Run(
        run.exitCode(), run.out().replace(folder + "/", ""), run.err().replace(folder + "/", ""));
  }

  private static String policy(String name, String target, String more) {
    return """
    ---
    apiVersion: gpuscaling.io/v1alpha1
    kind: ScalingPolicy
    metadata: {name: %s, namespace: ai}
    spec:
      scaleTargetRef: {kind: Deployment, name: %s}
      minReplicas: 6
      maxReplicas: 9
      rules: [{name: gpus, metric: {name: gpu_count}, scaleUp: {threshold: 1}}]
      %s
    """
        .formatted(name, target, more);
  }

  private static final String POOL =
      """
      ---
      apiVersion: gpuscaling.io/v1alpha1
      kind: GpuPool
      metadata: {name: gpus}
      spec: {gpuLimit: 10, namespaces: [{name: ai, highestClass: background}]}
      """;

  @Test
  void validate_twoPoliciesOfOneTarget_areRefused_unlessOneIsAShadow() throws IOException {
    assertThat(validate(policy("a", "t", "") + policy("b", "t", "")))
        .isEqualTo(
            new Run(
                2,
                "",
                "objects.yaml: ScalingPolicy b: spec.scaleTargetRef: ai/Deployment/t is the target"
                    + " of objects.yaml: ScalingPolicy a\n"));
    assertThat(validate(policy("a", "t", "") + policy("b", "t", "mode: Shadow")).exitCode())
        .isZero();
  }

  @Test
  void validate_quotaSmallerThanTheMinimums_isRefused() throws IOException {
    String shared = "{pool: gpus, workloadClass: background}";
    String bound = shared.substring(1, shared.length() - 1).replace(", ", "\n  ");
    assertThat(validate(POOL + policy("a", "t", bound) + policy("b", "u", bound)).err())
        .isEqualTo(
            "objects.yaml: GpuPool gpus: spec.gpuLimit: 10 is less than the 12 replicas that its"
                + " policies keep at least\n");
    assertThat(validate(POOL + policy("a", "t", bound)).exitCode()).isZero();
  }

  @Test
  void validate_classOrNamespaceThatThePoolDoesNotGrant_isRefused() throws IOException {
    assertThat(validate(POOL + policy("a", "t", "pool: gpus")).err())
        .isEqualTo(
            "objects.yaml: ScalingPolicy a: spec.workloadClass: pool gpus grants namespace ai no"
                + " more than background\n");
    assertThat(validate(POOL.replace("ai", "web") + policy("a", "t", "pool: gpus")).err())
        .isEqualTo(
            "objects.yaml: ScalingPolicy a: spec.pool: gpus does not grant namespace ai; add it to"
                + " the pool's spec.namespaces\n");
  }

  @Test
  void validate_objectsOfOtherGroups_arePassedOver_thoseOfOursAreNot() throws IOException {
    Run run =
        validate(
            policy("a", "t", "") + "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {}\n");
    assertThat(run.out())
        .isEqualTo("objects.yaml: ScalingPolicy a: valid\n1 objects of other groups passed over\n");
    assertThat(
            validate("apiVersion: gpuscaling.io/v1alpha1\nkind: GpuPol\nmetadata: {name: a}\n")
                .err())
        .isEqualTo(
            "objects.yaml: GpuPol a: kind \"GpuPol\": is unknown; allowed: ScalingPolicy, GpuPool,"
                + " ScalingProfile; did you mean GpuPool?\n");
    assertThat(validate("kind: GpuPol\n").err()).contains("GpuPol without a name");
  }

  @Test
  void generate_namedPolicy_isAnObjectMetricOfTheTarget_exactBothWays() {
    Run run = Run.of("generate", POLICIES.resolve("ai-gpu-worker-scaling-policy.yaml").toString());

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .isEqualTo(
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata:
              name: ai-gpu-worker-scaling-policy
              namespace: default
              annotations:
                gpuscaling.io/policy: ai-gpu-worker-scaling-policy
            spec:
              scaleTargetRef:
                apiVersion: apps/v1
                kind: Deployment
                name: ai-gpu-worker
              minReplicas: 2
              maxReplicas: 50
              metrics:
                - type: Object
                  object:
                    describedObject:
                      apiVersion: apps/v1
                      kind: Deployment
                      name: ai-gpu-worker
                    metric:
                      name: scaling_policy_desired_replicas
                    target:
                      type: AverageValue
                      averageValue: '1'
              behavior:
                scaleUp:
                  stabilizationWindowSeconds: 0
                  tolerance: '0'
                  selectPolicy: Max
                  policies:
                    - type: Pods
                      value: 50
                      periodSeconds: 15
                scaleDown:
                  stabilizationWindowSeconds: 0
                  tolerance: '0'
                  selectPolicy: Max
                  policies:
                    - type: Pods
                      value: 50
                      periodSeconds: 15
            """);
  }

  @Test
  void generate_forServersWithoutTheField_isHeldToTheSmallestStep() {
    Run run =
        Run.of(
            "generate",
            "--no-tolerance-field",
            POLICIES.resolve("ai-gpu-worker-scaling-policy.yaml").toString());

    assertThat(run.out())
        .contains(
            """
                  policies:
                    - type: Pods
                      value: 1
                      periodSeconds: 60
            """)
        .doesNotContain("tolerance");
  }

  @Test
  void generate_withSchedule_hasTheExtremesOverAllWindows() {
    Run run = Run.of("generate", POLICIES.resolve("background-jobs.yaml").toString());

    assertThat(run.out()).contains("minReplicas: 0\n", "maxReplicas: 10\n");
  }

  @Test
  void generate_externalWithSafety_readsByPolicyAndAddsCpu() {
    Run run =
        Run.of(
            "generate",
            "--external",
            "--cpu-safety",
            "90",
            POLICIES.resolve("ai-gpu-worker-scaling-policy.yaml").toString());

    assertThat(run.out())
        .contains(
            """
                - type: External
                  external:
                    metric:
                      name: scaling_policy_desired_replicas
                      selector:
                        matchLabels:
                          policy: ai-gpu-worker-scaling-policy
                    target:
                      type: AverageValue
                      averageValue: '1'
                - type: Resource
                  resource:
                    name: cpu
                    target:
                      type: Utilization
                      averageUtilization: 90
            """);
  }

  @Test
  void generate_ofNothing_isRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("pool.yaml"), POOL);
    Run run = Run.of("generate", file.toString());
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).isEqualTo(file + ": holds no ScalingPolicy\n");
    assertThat(
            Run.of(
                    "generate",
                    "--cpu-safety",
                    "0",
                    POLICIES.resolve("ai-gpu-worker-scaling-policy.yaml").toString())
                .err())
        .isEqualTo("--cpu-safety 0: must be 1 to 1000\n");
  }
}
