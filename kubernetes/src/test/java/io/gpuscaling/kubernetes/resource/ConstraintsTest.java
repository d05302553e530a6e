package io.gpuscaling.kubernetes.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ConstraintsTest {

  @Test
  void rules_areThoseThatTheApiServerCanCheck_withTheirField() {
    Constraint ofField = Constraint.of("max", "self.max >= self.min", "at least min", _ -> true);
    Constraint ofWhole = Constraint.of("", "has(self.up)", "needs up", _ -> true);
    Constraint ofReader = Constraint.ofReader("zone", "a time zone", _ -> Optional.empty());

    assertThat(Constraints.rules(List.of(ofField, ofWhole, ofReader)))
        .containsExactly(
            Map.of("rule", "self.max >= self.min", "message", "at least min", "fieldPath", ".max"),
            Map.of("rule", "has(self.up)", "message", "needs up"));
  }
}
