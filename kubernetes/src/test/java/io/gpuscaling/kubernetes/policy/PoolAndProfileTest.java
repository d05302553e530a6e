package io.gpuscaling.kubernetes.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.Profile;
import io.gpuscaling.policy.spec.Profile.Aggressiveness;
import io.gpuscaling.policy.spec.Profile.CostPriority;
import io.gpuscaling.policy.spec.WorkloadClass;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PoolAndProfileTest {

  private static final String POOL =
      """
      apiVersion: gpuscaling.io/v1alpha1
      kind: GpuPool
      metadata: {name: gpus}
      spec:
        gpuLimit: 100
        nodeSelector: {matchLabels: {pool: ai}}
        namespaces:
          - {name: ai, highestClass: critical}
          - {name: "*", highestClass: background}
      """;

  private static final String PROFILE =
      """
      apiVersion: gpuscaling.io/v1alpha1
      kind: ScalingProfile
      metadata: {name: staging}
      spec: {}
      """;

  @Test
  void pool_everyFieldArrives() {
    GpuPool pool = pool(POOL);

    assertThat(pool.metadata().name()).isEqualTo("gpus");
    assertThat(pool.metadata().namespace()).isEmpty();
    assertThat(pool.gpuLimit()).isEqualTo(OptionalInt.of(100));
    assertThat(pool.nodeLabels()).isEqualTo(Map.of("pool", "ai"));
    assertThat(pool.resources()).containsExactly("nvidia.com/gpu");
    assertThat(pool.grants()).hasSize(2);
  }

  @Test
  void pool_withoutLimit_isBoundedByItsNodesAlone() {
    assertThat(pool(POOL.replace("  gpuLimit: 100\n", "")).gpuLimit()).isEmpty();
  }

  @Test
  void grant_ofANamespace_countsBeforeThatForAll() {
    GpuPool pool = pool(POOL);

    assertThat(pool.granted("ai", WorkloadClass.CRITICAL)).contains(WorkloadClass.CRITICAL);
    assertThat(pool.granted("ai", WorkloadClass.NORMAL)).contains(WorkloadClass.NORMAL);
    assertThat(pool.granted("web", WorkloadClass.CRITICAL)).contains(WorkloadClass.BACKGROUND);
    GpuPool closed = pool(POOL.replace("    - {name: \"*\", highestClass: background}\n", ""));
    assertThat(closed.granted("web", WorkloadClass.BACKGROUND)).isEmpty();
  }

  @Test
  void pool_withEverythingWrong_isToldAtOnce() {
    var read =
        GpuPool.read(
            ScalingPolicyReaderTest.object(
                POOL.replace("gpuLimit: 100", "gpuLimit: -1\n  resources: [gpu]\n  size: 3")
                    .replace("pool: ai", "pool: 7")
                    .replace("name: \"*\"", "name: \"a*\"")
                    .replace("highestClass: critical", "highestClass: top")));

    assertThat(problems(read))
        .containsExactlyInAnyOrder(
            "spec.size: is no field",
            "spec.gpuLimit \"-1\": must be a whole number, 0 to 1000000",
            "spec.nodeSelector.matchLabels.pool \"7\": must be a text of at most 63 characters"
                + " (write it in quotes)",
            "spec.resources[0] \"gpu\": must be an extended resource, such as nvidia.com/gpu",
            "spec.namespaces[0].highestClass \"top\": is unknown; allowed: critical, normal,"
                + " background",
            "spec.namespaces[1].name \"a*\": must be the name of a namespace, or * for all");
  }

  @Test
  void profile_production_isAsWritten() {
    assertThat(profile(PROFILE))
        .isEqualTo(new Profile("staging", true, Aggressiveness.MODERATE, CostPriority.BALANCED));
  }

  @Test
  void profile_development_isConservativeAndDoesNotScale() {
    assertThat(
            profile(
                PROFILE.replace(
                    "{}",
                    "{scalingEnabled: false, aggressiveness: Conservative, costPriority:"
                        + " CostOptimized}")))
        .isEqualTo(
            new Profile(
                "staging", false, Aggressiveness.CONSERVATIVE, CostPriority.COST_OPTIMIZED));
  }

  @Test
  void profile_withAnUnknownWord_isRefused() {
    var read =
        ScalingProfileReader.read(
            ScalingPolicyReaderTest.object(PROFILE.replace("{}", "{aggressiveness: Moderat}")));

    assertThat(problems(read))
        .containsExactly(
            "spec.aggressiveness \"Moderat\": is unknown; allowed: Moderate, Conservative; did you"
                + " mean Moderate?");
  }

  private static GpuPool pool(String yaml) {
    return valid(GpuPool.read(ScalingPolicyReaderTest.object(yaml)));
  }

  private static Profile profile(String yaml) {
    return valid(ScalingProfileReader.read(ScalingPolicyReaderTest.object(yaml)));
  }

  private static <T> T valid(Read<T> read) {
    return switch (read) {
      case Read.Valid<T>(T value) -> value;
      case Read.Invalid<T>(List<Problem> problems) -> throw new AssertionError(problems);
    };
  }

  private static <T> List<String> problems(Read<T> read) {
    return switch (read) {
      case Read.Valid<T>(T value) -> throw new AssertionError("valid: " + value);
      case Read.Invalid<T>(List<Problem> problems) ->
          problems.stream().map(Problem::toString).toList();
    };
  }
}
