package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.RecordedStatus.SeenOverride;
import io.gpuscaling.adapter.policy.Standing.Refused;
import io.gpuscaling.kubernetes.policy.DecisionTree;
import io.gpuscaling.kubernetes.policy.PastDecision;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.explain.Sentences;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.state.Actions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** What is to be written about a policy, and whether it must be. Pure. */
final class StatusDraft {

  private StatusDraft() {}

  /** Whether a status must be written, and how soon. */
  enum Urgency {
    /** It says the same. */
    NONE,
    /** For people only: it may wait for a turn. */
    LATER,
    /** Replicas act, and serve, by it. */
    NOW
  }

  /**
   * Of a policy that may steer.
   *
   * @param byAutoscalers conditions about HPAs
   */
  static RecordedStatus of(
      PolicyObject object,
      Policy policy,
      Decision decision,
      Actions actions,
      Optional<SeenOverride> override,
      DegradationState degradation,
      List<Condition> byAutoscalers,
      Instant now) {
    RecordedStatus before = object.status();
    List<Condition> conditions = new ArrayList<>();
    conditions.add(
        new Condition(Condition.READY, true, "Steering", "it decides for its target", now));
    boolean isPaused = decision.phase() == Phase.PAUSED || decision.phase() == Phase.OVERRIDDEN;
    conditions.add(
        new Condition(
            Condition.PAUSED,
            isPaused,
            isPaused ? decision.reason().word() : "NotPaused",
            isPaused ? pauseMessage(actions, override) : "nothing holds the replicas",
            now));
    conditions.add(
        new Condition(
            Condition.SCALING_LIMITED,
            decision.isAtLimit(),
            decision.isAtLimit() ? decision.reason().word() : "WithinLimits",
            decision.isAtLimit()
                ? "a rule asks for more than " + decision.maxReplicas() + " replicas"
                : "no rule asks for more than is allowed",
            now));
    if (policy.degradation().isPresent()) {
      conditions.add(
          new Condition(
              Condition.DEGRADED,
              degradation.level() > 0,
              degradation.level() > 0 ? "Level" + degradation.level() : "Normal",
              Sentences.of(degradation),
              now));
    }
    conditions.addAll(byAutoscalers);
    if (decision.isShadow()) {
      conditions.add(
          new Condition(
              Condition.SHADOW, true, "Shadow", "it computes and shows, and steers nothing", now));
    }
    boolean isNews =
        !decision.phase().word().equals(before.state())
            || before.desiredReplicas().orElse(-1) != decision.desiredReplicas()
            || !decision.reason().word().equals(reason(before))
            || !actions.equals(before.actions());
    return new RecordedStatus(
        object.metadata().generation(),
        decision.phase().word(),
        OptionalInt.of(decision.currentReplicas()),
        OptionalInt.of(decision.desiredReplicas()),
        settled(conditions, before),
        actions,
        override,
        degradation,
        isNews || before.decision().isEmpty() ? DecisionTree.of(decision) : before.decision(),
        history(before, decision));
  }

  /** One more when the replicas wanted or the state are others than at the newest one. */
  private static List<Map<String, Object>> history(RecordedStatus before, Decision decision) {
    if (!before.history().isEmpty()) {
      Map<String, Object> newest = before.history().getFirst();
      if (decision.phase().word().equals(newest.get("phase"))
          && newest.get("desiredReplicas") instanceof Number wanted
          && wanted.intValue() == decision.desiredReplicas()) {
        return before.history();
      }
    }
    List<Map<String, Object>> history = new ArrayList<>();
    history.add(PastDecision.of(DecisionTree.of(decision)));
    before.history().stream().limit(DecisionTree.MAX_HISTORY - 1L).forEach(history::add);
    return history;
  }

  private static String pauseMessage(Actions actions, Optional<SeenOverride> override) {
    if (override.isPresent()) {
      return "by order until " + override.get().until();
    }
    return actions
        .pause()
        .map(it ->
            "the runaway protection holds the replicas until "
                + it.until()
                + "; to go on now, annotate gpuscaling.io/resumed-at with the time")
        .orElse("the schedule holds the replicas");
  }

  /** Of a policy that may not: what it remembers stays, what was pending is void. */
  static RecordedStatus refused(PolicyObject object, Refused refused, Instant now) {
    RecordedStatus before = object.status();
    List<Condition> conditions =
        List.of(new Condition(Condition.READY, false, refused.reason(), refused.message(), now));
    return new RecordedStatus(
        object.metadata().generation(),
        RecordedStatus.NOT_READY,
        before.currentReplicas(),
        OptionalInt.empty(),
        settled(conditions, before),
        before.actions().withPending(Optional.empty()).withRest(OptionalInt.empty()),
        before.override(),
        DegradationState.NONE,
        Map.of(),
        before.history());
  }

  /** Of a policy whose target has moved since its last evaluation. */
  static RecordedStatus followed(PolicyObject object, Actions actions, int replicas) {
    RecordedStatus before = object.status();
    return new RecordedStatus(
        before.observedGeneration(),
        before.state(),
        OptionalInt.of(replicas),
        before.desiredReplicas(),
        before.conditions(),
        actions,
        before.override(),
        before.degradation(),
        before.decision(),
        before.history());
  }

  /** A condition keeps the instant of its last transition while it stays true, or false. */
  private static List<Condition> settled(List<Condition> conditions, RecordedStatus before) {
    return conditions.stream()
        .map(it ->
            before
                .condition(it.type())
                .filter(was -> was.isTrue() == it.isTrue())
                .map(was -> it.since(was.since()))
                .orElse(it))
        .toList();
  }

  /** How soon a status must be written over another. */
  static Urgency urgency(RecordedStatus before, RecordedStatus after) {
    if (!before.actions().equals(after.actions())
        || !before.override().equals(after.override())
        || before.degradation().level() != after.degradation().level()
        || before.observedGeneration() != after.observedGeneration()
        || isServed(before.state()) != isServed(after.state())
        || !isSame(before, after, Condition.READY)) {
      return Urgency.NOW;
    }
    boolean isSame =
        before.state().equals(after.state())
            && before.currentReplicas().equals(after.currentReplicas())
            && before.desiredReplicas().equals(after.desiredReplicas())
            && before.degradation().equals(after.degradation())
            && reason(before).equals(reason(after))
            && after.conditions().stream().allMatch(it -> isSame(before, after, it.type()));
    return isSame ? Urgency.NONE : Urgency.LATER;
  }

  private static String reason(RecordedStatus status) {
    return String.valueOf(status.decision().get("reason"));
  }

  private static boolean isSame(RecordedStatus before, RecordedStatus after, String type) {
    Optional<Condition> was = before.condition(type);
    Optional<Condition> is = after.condition(type);
    return was.isPresent() == is.isPresent()
        && (was.isEmpty() || is.isEmpty() || was.get().says(is.get()));
  }

  private static boolean isServed(String state) {
    return !state.isEmpty()
        && !state.equals(RecordedStatus.NOT_READY)
        && !state.equals(Phase.UNKNOWN.word());
  }
}
