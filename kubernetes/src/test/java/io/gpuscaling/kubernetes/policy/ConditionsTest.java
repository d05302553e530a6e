package io.gpuscaling.kubernetes.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.policy.Conditions.Condition;
import io.gpuscaling.kubernetes.policy.Conditions.Status;
import io.gpuscaling.kubernetes.resource.Problem;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConditionsTest {

  private static final Instant FIRST = Instant.parse("2026-11-25T03:12:00.5Z");
  private static final Instant LATER = FIRST.plusSeconds(60);
  private static final Condition READY = new Condition("Ready", Status.TRUE, "Steering", "4 → 6");

  @Test
  void first_hasTheTimeOfNow_inWholeSeconds() {
    assertThat(Conditions.trees(List.of(), List.of(READY), 3, FIRST))
        .containsExactly(
            Map.of(
                "type", "Ready",
                "status", "True",
                "observedGeneration", 3L,
                "lastTransitionTime", "2026-11-25T03:12:00Z",
                "reason", "Steering",
                "message", "4 → 6"));
  }

  @Test
  void sameStatus_otherMessage_keepsItsTime() {
    var before = Conditions.trees(List.of(), List.of(READY), 3, FIRST);
    var after =
        Conditions.trees(
            before, List.of(new Condition("Ready", Status.TRUE, "Steering", "6 → 8")), 3, LATER);

    assertThat(after.getFirst())
        .containsEntry("lastTransitionTime", "2026-11-25T03:12:00Z")
        .containsEntry("message", "6 → 8");
  }

  @Test
  void otherStatus_hasTheTimeOfNow_andDroppedTypesGo() {
    var before =
        Conditions.trees(
            List.of(), List.of(READY, new Condition("Paused", Status.FALSE, "No", "")), 3, FIRST);
    var after =
        Conditions.trees(
            before, List.of(new Condition("Ready", Status.UNKNOWN, "Lost", "")), 3, LATER);

    assertThat(after).hasSize(1);
    assertThat(after.getFirst()).containsEntry("lastTransitionTime", "2026-11-25T03:13:00Z");
  }

  @Test
  void invalid_tellsEveryProblem_cutWhereTheApiServerWouldRefuse() {
    Condition invalid =
        Conditions.invalid(List.of(Problem.of("spec.a", "is wrong"), Problem.of("b", 5, "too")));

    assertThat(invalid)
        .isEqualTo(
            new Condition("Ready", Status.FALSE, "Invalid", "spec.a: is wrong; b \"5\": too"));
    var endless = new Condition("Ready", Status.FALSE, "Invalid", "x".repeat(10_000));
    assertThat(Conditions.trees(List.of(), List.of(endless), 1, FIRST).getFirst().get("message"))
        .asString()
        .hasSize(8192)
        .endsWith("...");
  }
}
