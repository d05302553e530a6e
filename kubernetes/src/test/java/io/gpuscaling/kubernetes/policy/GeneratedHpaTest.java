package io.gpuscaling.kubernetes.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.policy.GeneratedHpa.Form;
import io.gpuscaling.kubernetes.policy.GeneratedHpa.Tolerance;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.Policy;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class GeneratedHpaTest {

  private static final Policy POLICY =
      ScalingPolicyReaderTest.valid(ScalingPolicyReaderTest.LARGEST).policy();

  @Test
  void bounds_areTheExtremesOverPolicyAndWindows() {
    assertThat(GeneratedHpa.widest(POLICY)).isEqualTo(new Bounds(0, 50));
  }

  @Test
  void objectForm_asksForAReplicaForEachOfTheValue_withoutTolerance() {
    assertThat(
            YamlDocuments.write(
                GeneratedHpa.tree(POLICY, Form.OBJECT, Tolerance.NONE, OptionalInt.empty())))
        .contains("kind: StatefulSet", "- type: Object", "averageValue: '1'", "tolerance: '0'")
        .doesNotContain("External", "Resource");
  }

  @Test
  void ownedForm_isTheSame_andGoesWithThePolicy() {
    Map<String, Object> owned = GeneratedHpa.owned(POLICY, "uid-1", Tolerance.NONE);

    assertThat(owned.get("spec"))
        .isEqualTo(
            GeneratedHpa.tree(POLICY, Form.OBJECT, Tolerance.NONE, OptionalInt.empty())
                .get("spec"));
    assertThat(YamlDocuments.write(owned))
        .contains("kind: ScalingPolicy", "uid: uid-1", "controller: true", "name: worker");
  }

  @Test
  @SuppressWarnings("unchecked") // trees of JSON
  void stored_isTheSame_withoutToleranceToo_andNotWhenAnythingElseDiffers() {
    Map<String, Object> tree = GeneratedHpa.owned(POLICY, "uid-1", Tolerance.NONE);
    Map<String, Object> spec =
        new HashMap<>((Map<String, Object>) Objects.requireNonNull(tree.get("spec")));
    assertThat(GeneratedHpa.isStoredAs(tree, spec)).isTrue();

    Map<String, Object> behavior =
        new HashMap<>((Map<String, Object>) Objects.requireNonNull(spec.get("behavior")));
    behavior.replaceAll((_, rules) -> {
      Map<String, Object> copy = new HashMap<>((Map<String, Object>) rules);
      copy.remove("tolerance");
      return copy;
    });
    spec.put("behavior", behavior);
    assertThat(GeneratedHpa.isStoredAs(tree, spec)).isTrue();

    spec.put("maxReplicas", 51);
    assertThat(GeneratedHpa.isStoredAs(tree, spec)).isFalse();
    assertThat(GeneratedHpa.isStoredAs(tree, Map.of())).isFalse();
  }

  @Test
  void withoutTheField_policiesOfTheBehaviorHoldItToTheSmallestSteps() {
    Map<String, Object> tree =
        GeneratedHpa.tree(POLICY, Form.OBJECT, Tolerance.UNKNOWN_FIELD, OptionalInt.empty());
    assertThat(YamlDocuments.write(tree))
        .contains(
            """
                  selectPolicy: Min
                  policies:
                    - type: Pods
                      value: 1
                      periodSeconds: 60
                    - type: Percent
                      value: 10
                      periodSeconds: 60
            """)
        .doesNotContain("tolerance");
    Map<String, Object> exact =
        GeneratedHpa.tree(POLICY, Form.OBJECT, Tolerance.NONE, OptionalInt.empty());
    @SuppressWarnings("unchecked") // trees of JSON
    Map<String, Object> stored = (Map<String, Object>) Objects.requireNonNull(tree.get("spec"));
    assertThat(GeneratedHpa.isStoredAs(exact, stored)).isFalse();
    assertThat(GeneratedHpa.isStoredAs(tree, stored)).isTrue();
    assertThat(GeneratedHpa.isStoredWithoutTolerance(tree, stored)).isFalse();
  }

  @Test
  void externalForm_namesThePolicy_andTheSafetyIsAResource() {
    assertThat(
            YamlDocuments.write(
                GeneratedHpa.tree(POLICY, Form.EXTERNAL, Tolerance.NONE, OptionalInt.of(90))))
        .contains("- type: External", "policy: worker", "- type: Resource", "name: cpu")
        .contains("averageUtilization: 90");
  }
}
