package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.GateOutcome;
import io.gpuscaling.policy.engine.RuleOutcome;
import io.gpuscaling.policy.explain.Sentences;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.Rule;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A decision with its explanation as plain data, in the order in which it is shown: {@code
 * status.decision}, a line of {@code gpuscaling replay}, and whatever else explains.
 */
public final class DecisionTree {

  /** So many decisions are kept in a status, about 800 bytes each and 1.2 KB at most. */
  public static final int MAX_HISTORY = 20;

  private DecisionTree() {}

  /** The whole decision. */
  public static Map<String, Object> of(Decision decision) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("time", decision.at().toString());
    tree.put("currentReplicas", decision.currentReplicas());
    tree.put("desiredReplicas", decision.desiredReplicas());
    tree.put("action", decision.action().word());
    tree.put("phase", decision.phase().word());
    tree.put("reason", decision.reason().word());
    tree.put("message", cut(Sentences.of(decision), StatusFields.MAX_MESSAGE_CHARS));
    decision.rule().ifPresent(it -> tree.put("rule", it));
    decision.window().ifPresent(it -> tree.put("window", it));
    tree.put("minReplicas", decision.minReplicas());
    tree.put("maxReplicas", decision.maxReplicas());
    tree.put("shadow", decision.isShadow());
    tree.put("rules", decision.rules().stream().map(DecisionTree::of).toList());
    tree.put("gates", decision.gates().stream().map(DecisionTree::of).toList());
    return tree;
  }

  private static Map<String, Object> of(RuleOutcome outcome) {
    Rule rule = outcome.rule();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", rule.name());
    tree.put("metric", rule.metric().name());
    tree.put("finding", Sentences.word(outcome.finding()));
    switch (outcome.observation()) {
      case Observation.Sampled it -> {
        tree.put("value", plain(it.value()));
        tree.put("observedAt", it.observedAt().toString());
        tree.put("source", cut(it.source(), StatusFields.MAX_SOURCE_CHARS));
        tree.put("exactness", word(it.exactness()));
      }
      case Observation.Missing(String reason) ->
          tree.put("missing", cut(reason, StatusFields.MAX_MESSAGE_CHARS));
    }
    tree.put("breachingUp", outcome.breachingUp());
    tree.put("breachingDown", outcome.breachingDown());
    outcome.proposal().ifPresent(it -> tree.put("proposal", it));
    tree.put("message", cut(Sentences.of(outcome), StatusFields.MAX_MESSAGE_CHARS));
    return tree;
  }

  private static Map<String, Object> of(GateOutcome outcome) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("gate", outcome.gate().word());
    tree.put("verdict", word(outcome.verdict()));
    tree.put("reason", outcome.reason().word());
    outcome.left().ifPresent(it -> tree.put("secondsLeft", seconds(it)));
    tree.put("before", outcome.before());
    tree.put("after", outcome.after());
    tree.put("message", cut(Sentences.of(outcome), StatusFields.MAX_MESSAGE_CHARS));
    return tree;
  }

  /** Rounded up: a gate is not open before it is. */
  private static long seconds(Duration left) {
    return Math.max(0, left.plusNanos(999_999_999).toSeconds());
  }

  /** Without an exponent or a fraction that says nothing, unless it were endless. */
  private static String plain(double value) {
    String plain = BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    return plain.length() <= StatusFields.MAX_NUMBER_CHARS ? plain : Double.toString(value);
  }

  /** The API server refuses a whole status for one text that is too long. */
  static String cut(String text, int maxChars) {
    return text.length() <= maxChars ? text : text.substring(0, maxChars - 1) + "…";
  }

  /** What a gate did, in one word. */
  public static String word(GateOutcome.Verdict verdict) {
    return switch (verdict) {
      case PASSED -> "passed";
      case LIMITED -> "limited";
      case CLOSED -> "closed";
      case DECIDED -> "decided";
      case NOT_ASKED -> "notAsked";
    };
  }

  private static String word(Exactness exactness) {
    return switch (exactness) {
      case EXACT -> "exact";
      case ESTIMATE -> "estimate";
      case LOWER_BOUND -> "lowerBound";
      case UPPER_BOUND -> "upperBound";
    };
  }
}
