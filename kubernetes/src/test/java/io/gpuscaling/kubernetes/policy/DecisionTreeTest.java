package io.gpuscaling.kubernetes.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is kept of a decision when newer ones have come. */
class DecisionTreeTest {

  private static final Map<String, Object> DECISION =
      Map.of(
          "time",
          "2026-11-25T03:12:00Z",
          "currentReplicas",
          4,
          "desiredReplicas",
          6,
          "phase",
          "Held",
          "reason",
          "CoolingDown",
          "message",
          "4 → 6",
          "minReplicas",
          1,
          "rules",
          List.of(
              Map.of("name", "queue", "message", "queue has 150"),
              Map.of("name", "age", "message", "age is missing")),
          "gates",
          List.of(
              gate("rules", "decided", "the rules ask for 6"),
              gate("override", "notAsked", "nobody orders anything"),
              gate("cooldown", "closed", "cools down for 30 s"),
              gate("bounds", "passed", "within 1 to 50"),
              gate("quota", "limited", "the pool has room for 5")));

  private static Map<String, Object> gate(String name, String verdict, String message) {
    return Map.of("gate", name, "verdict", verdict, "message", message);
  }

  @Test
  void past_saysWhatWasSeen_andOnlyWhatHeldIt() {
    assertThat(DecisionTree.past(DECISION))
        .containsEntry("inputs", "queue has 150; age is missing")
        .containsEntry("gates", "cools down for 30 s; the pool has room for 5")
        .containsEntry("currentReplicas", 4)
        .containsEntry("message", "4 → 6")
        .doesNotContainKeys("rules", "minReplicas");
  }

  @Test
  void past_longTexts_areCutAndSayThatTheyAre() {
    Map<String, Object> decision = new HashMap<>(DECISION);
    decision.put("message", "m".repeat(1_000));
    decision.put("rules", List.of(Map.of("name", "queue", "message", "r".repeat(1_000))));

    Map<String, Object> past = DecisionTree.past(decision);

    assertThat(String.valueOf(past.get("message")))
        .hasSize(DecisionTree.MAX_PAST_MESSAGE)
        .endsWith("…");
    assertThat(String.valueOf(past.get("inputs")))
        .hasSize(DecisionTree.MAX_PAST_INPUTS)
        .endsWith("…");
  }

  @Test
  void past_ofADecisionWithoutRules_hasNoEmptyTexts() {
    assertThat(DecisionTree.past(Map.of("time", "2026-11-25T03:12:00Z", "rules", List.of("odd"))))
        .containsOnlyKeys("time");
  }
}
