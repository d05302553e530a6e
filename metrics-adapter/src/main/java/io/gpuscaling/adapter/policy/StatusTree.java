package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.RecordedStatus.SeenOverride;
import io.gpuscaling.kubernetes.policy.DecisionTree;
import io.gpuscaling.kubernetes.policy.PolicyStatus;
import io.gpuscaling.kubernetes.resource.Moment;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.state.Actions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A status as the tree that the API server keeps. What cannot be read counts as not written: it is
 * written by us alone, and written anew.
 */
public final class StatusTree {

  private StatusTree() {}

  /** To be written. */
  public static Map<String, Object> of(RecordedStatus status) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("observedGeneration", status.observedGeneration());
    status.currentReplicas().ifPresent(it -> tree.put("currentReplicas", it));
    status.desiredReplicas().ifPresent(it -> tree.put("desiredReplicas", it));
    tree.put("state", status.state());
    tree.put(
        "conditions",
        status.conditions().stream().map(it -> of(it, status.observedGeneration())).toList());
    tree.put("actions", PolicyStatus.tree(status.actions()));
    if (!status.decision().isEmpty()) {
      tree.put("decision", status.decision());
    }
    status
        .override()
        .ifPresent(it ->
            tree.put(
                "override",
                Map.of(
                    "order", it.order(),
                    "since", it.since().toString(),
                    "until", it.until().toString())));
    if (!status.degradation().equals(DegradationState.NONE)) {
      tree.put("degradation", PolicyStatus.tree(status.degradation()));
    }
    if (!status.history().isEmpty()) {
      tree.put("history", status.history());
    }
    return tree;
  }

  private static Map<String, Object> of(Condition condition, long generation) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("type", condition.type());
    tree.put("status", condition.status());
    tree.put("observedGeneration", generation);
    tree.put("lastTransitionTime", condition.since().truncatedTo(ChronoUnit.SECONDS).toString());
    tree.put("reason", condition.reason());
    tree.put("message", condition.message());
    return tree;
  }

  /** As it was written. */
  public static RecordedStatus read(@Nullable Object raw) {
    if (!(raw instanceof Map<?, ?> tree)) {
      return RecordedStatus.NONE;
    }
    Object actions = tree.get("actions");
    return new RecordedStatus(
        tree.get("observedGeneration") instanceof Number number ? number.longValue() : -1,
        text(tree, "state"),
        whole(tree, "currentReplicas"),
        whole(tree, "desiredReplicas"),
        conditions(tree.get("conditions")),
        actions != null && PolicyStatus.read(actions) instanceof Read.Valid<Actions>(Actions it)
            ? it
            : Actions.NONE,
        override(tree.get("override")),
        tree.get("degradation") == null
            ? DegradationState.NONE
            : PolicyStatus.readDegradation(tree.get("degradation")),
        decision(tree.get("decision")),
        history(tree.get("history")));
  }

  private static String text(Map<?, ?> tree, String key) {
    return tree.get(key) instanceof String text ? text : "";
  }

  private static OptionalInt whole(Map<?, ?> tree, String key) {
    return tree.get(key) instanceof Number number
        ? OptionalInt.of(number.intValue())
        : OptionalInt.empty();
  }

  private static List<Condition> conditions(@Nullable Object raw) {
    List<Condition> conditions = new ArrayList<>();
    if (raw instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof Map<?, ?> tree) {
          conditions.add(
              new Condition(
                  text(tree, "type"),
                  text(tree, "status").equals("True"),
                  text(tree, "reason"),
                  text(tree, "message"),
                  Moment.parse(text(tree, "lastTransitionTime")).orElse(Instant.EPOCH)));
        }
      }
    }
    return conditions;
  }

  private static Optional<SeenOverride> override(@Nullable Object raw) {
    if (!(raw instanceof Map<?, ?> tree)) {
      return Optional.empty();
    }
    Optional<Instant> since = Moment.parse(text(tree, "since"));
    Optional<Instant> until = Moment.parse(text(tree, "until"));
    return since.isPresent() && until.isPresent()
        ? Optional.of(new SeenOverride(text(tree, "order"), since.get(), until.get()))
        : Optional.empty();
  }

  private static List<Map<String, Object>> history(@Nullable Object raw) {
    return raw instanceof List<?> list
        ? list.stream()
            .limit(DecisionTree.MAX_HISTORY)
            .map(StatusTree::decision)
            .filter(it -> !it.isEmpty())
            .toList()
        : List.of();
  }

  private static Map<String, Object> decision(@Nullable Object raw) {
    Map<String, Object> decision = new LinkedHashMap<>();
    if (raw instanceof Map<?, ?> tree) {
      tree.forEach((key, value) -> {
        if (value != null) {
          decision.put(String.valueOf(key), value);
        }
      });
    }
    return decision;
  }
}
