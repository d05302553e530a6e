package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.Problems;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.resource.Values;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.engine.Reason;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.Change;
import io.gpuscaling.policy.state.Pause;
import io.gpuscaling.policy.state.Pending;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the engine remembers, as the {@code actions} of a policy's status. What is written and read
 * back is equal: whoever takes over decides the same.
 */
public final class PolicyStatus {

  private PolicyStatus() {}

  /** The tree to write under {@code status.actions}. */
  public static Map<String, Object> tree(Actions actions) {
    Map<String, Object> tree = new LinkedHashMap<>();
    actions.pending().ifPresent(it -> tree.put("pending", tree(it)));
    actions.rest().ifPresent(it -> tree.put("rest", it));
    if (!actions.changes().isEmpty()) {
      tree.put("changes", actions.changes().stream().map(PolicyStatus::tree).toList());
    }
    actions.pause().ifPresent(it -> tree.put("pause", tree(it)));
    if (!actions.countedFrom().equals(Instant.EPOCH)) {
      tree.put("countedFrom", actions.countedFrom().toString());
    }
    return tree;
  }

  /**
   * Reads {@code status.actions}.
   *
   * @param tree as JSON or YAML gives it
   */
  public static Read<Actions> read(Object tree) {
    Problems problems = new Problems();
    var values = StatusFields.ACTIONS.values(tree, "status.actions", problems);
    return problems.isEmpty() && values.isPresent()
        ? new Read.Valid<>(ofActions(values.get()))
        : new Read.Invalid<>(problems.list());
  }

  /** The tree to write under {@code status.degradation}. */
  public static Map<String, Object> tree(DegradationState state) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("level", state.level());
    state.changedAt().ifPresent(it -> tree.put("changedAt", it.toString()));
    state.pressedSince().ifPresent(it -> tree.put("pressedSince", it.toString()));
    state.calmSince().ifPresent(it -> tree.put("calmSince", it.toString()));
    return tree;
  }

  /** Reads {@code status.degradation}; what cannot be read is no degradation. */
  public static DegradationState readDegradation(Object tree) {
    Problems problems = new Problems();
    return StatusFields.LEVEL
        .values(tree, "status.degradation", problems)
        .filter(_ -> problems.isEmpty())
        .map(PolicyStatus::ofLevel)
        .orElse(DegradationState.NONE);
  }

  static DegradationState degradation(Values status) {
    return status.child("degradation").map(PolicyStatus::ofLevel).orElse(DegradationState.NONE);
  }

  private static DegradationState ofLevel(Values level) {
    return new DegradationState(
        level.whole("level").orElseThrow(),
        level.moment("changedAt"),
        level.moment("pressedSince"),
        level.moment("calmSince"));
  }

  static Actions actions(Values status) {
    return status.child("actions").map(PolicyStatus::ofActions).orElse(Actions.NONE);
  }

  private static Actions ofActions(Values values) {
    return new Actions(
        values.child("pending").map(PolicyStatus::pending),
        values.whole("rest"),
        values.children("changes").stream().map(PolicyStatus::change).toList(),
        values.child("pause").map(PolicyStatus::pause),
        values.moment("countedFrom").orElse(Instant.EPOCH));
  }

  private static Map<String, Object> tree(Pending pending) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("decidedAt", pending.decidedAt().toString());
    tree.put("from", pending.from());
    tree.put("to", pending.to());
    tree.put("hasBegun", pending.hasBegun());
    tree.put("isRest", pending.isRest());
    return tree;
  }

  private static Pending pending(Values values) {
    return new Pending(
        values.moment("decidedAt").orElseThrow(),
        values.whole("from").orElseThrow(),
        values.whole("to").orElseThrow(),
        values.truth("hasBegun"),
        values.truth("isRest"));
  }

  private static Map<String, Object> tree(Change change) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("at", change.at().toString());
    tree.put("from", change.from());
    tree.put("to", change.to());
    tree.put("continues", change.continues());
    return tree;
  }

  private static Change change(Values values) {
    return new Change(
        values.moment("at").orElseThrow(),
        values.whole("from").orElseThrow(),
        values.whole("to").orElseThrow(),
        values.truth("continues"));
  }

  private static Map<String, Object> tree(Pause pause) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("since", pause.since().toString());
    tree.put("until", pause.until().toString());
    tree.put(
        "cause",
        switch (pause.cause()) {
          case ACTIONS -> Reason.TOO_MANY_ACTIONS.word();
          case DIRECTION_CHANGES -> Reason.TOO_MANY_DIRECTION_CHANGES.word();
        });
    return tree;
  }

  private static Pause pause(Values values) {
    return new Pause(
        values.moment("since").orElseThrow(),
        values.moment("until").orElseThrow(),
        values.text("cause").orElseThrow().equals(Reason.TOO_MANY_ACTIONS.word())
            ? Pause.Cause.ACTIONS
            : Pause.Cause.DIRECTION_CHANGES);
  }
}
