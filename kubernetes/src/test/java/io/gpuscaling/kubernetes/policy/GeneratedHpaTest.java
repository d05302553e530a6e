package io.gpuscaling.kubernetes.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.policy.GeneratedHpa.Form;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.Policy;
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
    assertThat(YamlDocuments.write(GeneratedHpa.tree(POLICY, Form.OBJECT, OptionalInt.empty())))
        .contains("kind: StatefulSet", "- type: Object", "averageValue: '1'", "tolerance: '0'")
        .doesNotContain("External", "Resource");
  }

  @Test
  void externalForm_namesThePolicy_andTheSafetyIsAResource() {
    assertThat(YamlDocuments.write(GeneratedHpa.tree(POLICY, Form.EXTERNAL, OptionalInt.of(90))))
        .contains("- type: External", "policy: worker", "- type: Resource", "name: cpu")
        .contains("averageUtilization: 90");
  }
}
