package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.Moment;
import io.gpuscaling.policy.engine.GateOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a decision when newer ones have come: when, from how many to how many, why, what
 * its rules had seen of how old, and what each gate did. Rules and sentences for which there is no
 * room are left out and counted. Gates that did more than pass are kept whole, those that passed by
 * their names; a gate that is in neither was not asked.
 */
public final class PastDecision {

  /** The longest sentence of a decision, in characters. */
  static final int MAX_MESSAGE = 160;

  /** Room for all rules together, with their sentences, in characters of JSON. */
  static final int MAX_RULES = 430;

  /** Room for all gates together that did more than pass, in characters of JSON. */
  static final int MAX_VERDICTS = 260;

  /** The longest source of a value, or reason why there is none. */
  static final int MAX_SOURCE = 60;

  /** What names, quotes and commas of a rule or a gate take in JSON. */
  private static final int RULE_FRAME = 62;

  private static final int VERDICT_FRAME = 70;

  private static final String PASSED = DecisionTree.word(GateOutcome.Verdict.PASSED);
  private static final String NOT_ASKED = DecisionTree.word(GateOutcome.Verdict.NOT_ASKED);

  private PastDecision() {}

  /**
   * Of a decision.
   *
   * @param decision as {@link DecisionTree#of} wrote it
   */
  public static Map<String, Object> of(Map<String, ?> decision) {
    Map<String, Object> past = new LinkedHashMap<>();
    for (String field :
        List.of(
            "time",
            "currentReplicas",
            "desiredReplicas",
            "phase",
            "reason",
            "message",
            "minReplicas",
            "maxReplicas")) {
      copy(decision, field, past, MAX_MESSAGE);
    }
    rules(decision, past);
    gates(decision.get("gates"), past);
    return past;
  }

  private static void rules(Map<String, ?> decision, Map<String, Object> past) {
    Optional<Instant> at =
        decision.get("time") instanceof String text ? Moment.parse(text) : Optional.empty();
    List<Map<String, Object>> kept = new ArrayList<>();
    List<String> sentences = new ArrayList<>();
    int room = MAX_RULES;
    int leftOut = 0;
    for (Map<?, ?> rule : maps(decision.get("rules"))) {
      Map<String, Object> row = new LinkedHashMap<>();
      for (String field : List.of("name", "value", "source", "missing", "proposal")) {
        copy(rule, field, row, MAX_SOURCE);
      }
      age(rule, at).ifPresent(it -> row.put("ageSeconds", it));
      int size = size(row, RULE_FRAME);
      if (size > room) {
        leftOut++;
      } else {
        room -= size;
        kept.add(row);
        sentences.add(String.valueOf(rule.get("message")));
      }
    }
    // Every rule's value first; then the sentences for which there is room left.
    for (int i = 0; i < kept.size(); i++) {
      int size = sentences.get(i).length() + "'message':'',".length();
      if (size <= room && !sentences.get(i).equals("null")) {
        kept.get(i).put("message", sentences.get(i));
        room -= size;
      }
    }
    if (!kept.isEmpty()) {
      past.put("rules", kept);
    }
    if (leftOut > 0) {
      past.put("rulesLeftOut", leftOut);
    }
  }

  private static Optional<Integer> age(Map<?, ?> rule, Optional<Instant> at) {
    return at.isPresent() && rule.get("observedAt") instanceof String text
        ? Moment.parse(text)
            .map(it -> (int) Math.max(0, Duration.between(it, at.get()).toSeconds()))
        : Optional.empty();
  }

  private static void gates(@Nullable Object gates, Map<String, Object> past) {
    List<String> passed = new ArrayList<>();
    List<Map<String, Object>> verdicts = new ArrayList<>();
    int room = MAX_VERDICTS;
    int leftOut = 0;
    for (Map<?, ?> gate : maps(gates)) {
      Object verdict = gate.get("verdict");
      if (PASSED.equals(verdict)) {
        passed.add(String.valueOf(gate.get("gate")));
      } else if (!NOT_ASKED.equals(verdict)) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (String field :
            List.of("gate", "verdict", "reason", "secondsLeft", "before", "after")) {
          copy(gate, field, row, MAX_SOURCE);
        }
        int size = size(row, VERDICT_FRAME);
        if (size > room) {
          leftOut++;
        } else {
          room -= size;
          verdicts.add(row);
        }
      }
    }
    if (!verdicts.isEmpty()) {
      past.put("verdicts", verdicts);
    }
    if (leftOut > 0) {
      past.put("verdictsLeftOut", leftOut);
    }
    if (!passed.isEmpty()) {
      past.put("passed", DecisionTree.cut(String.join(",", passed), MAX_MESSAGE));
    }
  }

  private static int size(Map<String, Object> row, int frame) {
    return frame + row.values().stream().mapToInt(it -> it.toString().length()).sum();
  }

  private static void copy(Map<?, ?> from, String field, Map<String, Object> to, int maxChars) {
    Object value = from.get(field);
    if (value != null) {
      to.put(field, value instanceof String text ? DecisionTree.cut(text, maxChars) : value);
    }
  }

  private static List<Map<?, ?>> maps(@Nullable Object outcomes) {
    List<Map<?, ?>> maps = new ArrayList<>();
    if (outcomes instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof Map<?, ?> map) {
          maps.add(map);
        }
      }
    }
    return maps;
  }
}
