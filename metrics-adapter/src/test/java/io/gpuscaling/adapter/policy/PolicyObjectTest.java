package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PolicyObjectTest {

  private static PolicyObject version(String resourceVersion) {
    return new PolicyObject(
        new ObjectMeta("ai", "worker", "u", 1, resourceVersion, Optional.empty(), Map.of()),
        new Read.Invalid<>(List.of(Problem.of("spec", "missing"))),
        RecordedStatus.NONE,
        Optional.empty());
  }

  @Test
  void isOlderThan_comparesVersionsAsNumbers() {
    assertThat(version("9").isOlderThan(version("10"))).isTrue();
    assertThat(version("10").isOlderThan(version("9"))).isFalse();
    assertThat(version("10").isOlderThan(version("10"))).isFalse();
  }

  @Test
  void isOlderThan_versionThatIsNoNumber_isNews() {
    assertThat(version("").isOlderThan(version("7"))).isFalse();
    assertThat(version("7").isOlderThan(version(""))).isTrue();
  }

  @Test
  void with_isTheSameObjectWithAnotherVersion() {
    PolicyObject next = version("7").with(RecordedStatus.NONE, "8");

    assertThat(next).isEqualTo(version("8"));
    assertThat(next.name()).hasToString("ai/worker");
  }

  private static Optional<ScaleTarget> target(Object spec) {
    Map<String, Object> tree = new HashMap<>();
    tree.put("spec", spec);
    return PolicyObject.of(version("1").metadata(), tree, RecordedStatus.NONE).target();
  }

  @Test
  void target_isWhatIsNamed_howeverWrongTheRestIs() {
    assertThat(target(Map.of("scaleTargetRef", Map.of("kind", "Deployment", "name", "w"))))
        .contains(new ScaleTarget("apps/v1", "Deployment", "w"));
    assertThat(
            target(
                Map.of(
                    "scaleTargetRef",
                    Map.of("apiVersion", "apps/v2", "kind", "Deployment", "name", "w"))))
        .contains(new ScaleTarget("apps/v2", "Deployment", "w"));
    assertThat(target("none")).isEmpty();
    assertThat(target(Map.of())).isEmpty();
    assertThat(target(Map.of("scaleTargetRef", Map.of("name", "w")))).isEmpty();
    assertThat(target(Map.of("scaleTargetRef", Map.of("kind", "Deployment", "name", 7)))).isEmpty();
  }
}
