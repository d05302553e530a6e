package io.gpuscaling.kubernetes.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What is kept of a decision, and that it is never more than a status has room for. */
class PastDecisionTest {

  /** What docs/cli.md says that one takes at most, in bytes of JSON. */
  private static final int MAX_BYTES = 1200;

  private static Map<String, Object> rule(String name, String message) {
    return Map.of(
        "name",
        name,
        "metric",
        "rabbitmq_queue_messages_ready",
        "value",
        "140",
        "observedAt",
        "2026-11-25T03:11:57Z",
        "source",
        "rabbitmq/default",
        "proposal",
        6,
        "message",
        message);
  }

  private static Map<String, Object> gate(String name, String verdict) {
    return Map.of(
        "gate",
        name,
        "verdict",
        verdict,
        "reason",
        "CoolingDown",
        "secondsLeft",
        285,
        "before",
        6,
        "after",
        4,
        "message",
        "said again");
  }

  private static Map<String, Object> decision(List<?> rules, List<?> gates, String message) {
    Map<String, Object> decision = new HashMap<>();
    decision.put("time", "2026-11-25T03:12:00Z");
    decision.put("currentReplicas", 4);
    decision.put("desiredReplicas", 4);
    decision.put("phase", "Held");
    decision.put("reason", "CoolingDown");
    decision.put("message", message);
    decision.put("minReplicas", 2);
    decision.put("maxReplicas", 50);
    decision.put("shadow", false);
    decision.put("rules", rules);
    decision.put("gates", gates);
    return decision;
  }

  @Test
  void saysWhatWasSeenOfWhatAge_andWhatEachGateDid() {
    Map<String, Object> missing = Map.of("name", "cpu", "missing", "connection refused");
    Map<String, Object> past =
        PastDecision.of(
            decision(
                List.of(rule("queue", "queue 140: asks for 6"), missing),
                List.of(
                    gate("override", "passed"),
                    gate("minimum", "passed"),
                    gate("rules", "decided"),
                    gate("cooldown", "closed"),
                    gate("rate", "notAsked")),
                "stays at 4"));

    assertThat(past)
        .containsEntry("message", "stays at 4")
        .containsEntry("minReplicas", 2)
        .containsEntry("passed", "override,minimum")
        .containsEntry(
            "rules",
            List.of(
                Map.of(
                    "name",
                    "queue",
                    "value",
                    "140",
                    "source",
                    "rabbitmq/default",
                    "proposal",
                    6,
                    "ageSeconds",
                    3,
                    "message",
                    "queue 140: asks for 6"),
                missing))
        .doesNotContainKeys("shadow", "rulesLeftOut", "verdictsLeftOut");
    assertThat((List<?>) past.get("verdicts"))
        .hasSize(2)
        .first()
        .isEqualTo(
            Map.of(
                "gate",
                "rules",
                "verdict",
                "decided",
                "reason",
                "CoolingDown",
                "secondsLeft",
                285,
                "before",
                6,
                "after",
                4));
  }

  @Test
  void whatHasNoRoom_isCounted_andValuesComeBeforeSentences() {
    List<Map<String, Object>> rules = new ArrayList<>();
    List<Map<String, Object>> gates = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      rules.add(rule("rule-" + i, "said at length ".repeat(10)));
      gates.add(gate("gate-" + i, "limited"));
    }
    Map<String, Object> past = PastDecision.of(decision(rules, gates, "m".repeat(2000)));

    assertThat(JsonMapper.builder().build().writeValueAsString(past)).hasSizeLessThan(MAX_BYTES);
    assertThat((List<?>) past.get("rules")).hasSize(16 - leftOut(past, "rulesLeftOut"));
    assertThat((List<?>) past.get("verdicts")).hasSize(16 - leftOut(past, "verdictsLeftOut"));
    assertThat((List<?>) past.get("rules")).hasSizeGreaterThan(3);
    assertThat(String.valueOf(past.get("message"))).hasSize(PastDecision.MAX_MESSAGE).endsWith("…");
  }

  private static int leftOut(Map<String, Object> past, String field) {
    return past.get(field) instanceof Integer count ? count : 0;
  }

  @Test
  void ofADecisionWithoutRules_nothingIsMadeUp() {
    assertThat(PastDecision.of(Map.of("time", "soon", "rules", List.of("odd"), "gates", 3)))
        .containsOnlyKeys("time");
  }
}
