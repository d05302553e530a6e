package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.policy.RecordedStatus.SeenOverride;
import io.gpuscaling.policy.engine.TargetEvent;
import io.gpuscaling.policy.explain.Sentences;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.Pending;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a written status means for people: what happened, and the command to type next. */
final class Tidings {

  /** An Event has room for 1,024 characters: of these the command takes 350 with long names. */
  private static final int MAX_SAID = 670;

  private Tidings() {}

  /** What became of a pending decision when its target moved between two evaluations. */
  static List<TargetEvent> of(Actions before, Actions after, int replicas, Instant now) {
    if (before.pending().isEmpty() || after.pending().isPresent()) {
      return List.of();
    }
    Pending pending = before.pending().get();
    if (replicas == pending.to()) {
      return List.of(new TargetEvent.Reached(pending, now));
    }
    return List.of(
        after.changes().equals(before.changes())
            ? new TargetEvent.ChangedByOther(pending, replicas, now)
            : new TargetEvent.NotReached(pending, now));
  }

  /** Tells of the difference between two statuses, and of what happened to the target. */
  static void tell(
      PolicyNews news, PolicyObject before, PolicyObject after, List<TargetEvent> events) {
    for (TargetEvent event : events) {
      tell(news, after, event);
    }
    Optional<Pending> pending = after.status().actions().pending();
    if (pending.isPresent() && isNew(pending.get(), before)) {
      Pending it = pending.get();
      tell(
          news,
          after,
          false,
          it.isUp() ? "ScalingUp" : "ScalingDown",
          "from " + it.from() + " to " + it.to() + " replicas" + why(after),
          "explain");
    }
    tellOfOverride(news, before, after);
    tellOfDegradation(news, before, after);
    after
        .status()
        .condition(Condition.READY)
        .filter(it -> before.status().condition(Condition.READY).filter(it::says).isEmpty())
        .ifPresent(it -> tell(news, after, !it.isTrue(), it.reason(), it.message(), "status"));
  }

  /** Says it, with a verb of {@code kubectl gpuscaling} that tells more, or ends it. */
  private static void tell(
      PolicyNews news,
      PolicyObject object,
      boolean isWarning,
      String reason,
      String said,
      String verb) {
    PolicyName name = object.name();
    news.tell(
        object,
        isWarning,
        reason,
        (said.length() <= MAX_SAID ? said : said.substring(0, MAX_SAID - 1) + "…")
            + "; kubectl gpuscaling "
            + verb
            + " "
            + name.name()
            + " -n "
            + name.namespace());
  }

  private static void tellOfOverride(PolicyNews news, PolicyObject before, PolicyObject after) {
    Optional<SeenOverride> was = before.status().override();
    Optional<SeenOverride> is = after.status().override();
    if (is.isPresent() && !is.equals(was)) {
      tell(
          news,
          after,
          false,
          "Overridden",
          "by hand: " + is.get().order() + " until " + is.get().until() + ", to end it now",
          "resume");
    } else if (is.isEmpty() && was.isPresent()) {
      tell(news, after, false, "OverrideEnded", was.get().order() + " by hand is over", "explain");
    }
  }

  private static void tellOfDegradation(PolicyNews news, PolicyObject before, PolicyObject after) {
    int was = before.status().degradation().level();
    int is = after.status().degradation().level();
    if (was != is) {
      tell(
          news,
          after,
          is > was,
          is > was ? "Degraded" : "Recovering",
          "level " + is + ": " + Sentences.of(after.status().degradation()),
          "explain");
    }
  }

  /** One that only moved on is no news. */
  private static boolean isNew(Pending pending, PolicyObject before) {
    return before.status().actions().pending().filter(it -> it.to() == pending.to()).isEmpty();
  }

  private static String why(PolicyObject object) {
    Object message = object.status().decision().get("message");
    return message == null ? "" : ": " + message;
  }

  private static void tell(PolicyNews news, PolicyObject object, TargetEvent event) {
    switch (event) {
      case TargetEvent.Reached(Pending decision, _) ->
          tell(
              news,
              object,
              false,
              "TargetReached",
              "the target has " + decision.to() + " replicas",
              "explain");
      case TargetEvent.NotReached(Pending decision, _) ->
          tell(
              news,
              object,
              true,
              "TargetNotReached",
              "the target did not get to "
                  + decision.to()
                  + " replicas in time: look at its HorizontalPodAutoscaler",
              "explain");
      case TargetEvent.ChangedByOther(Pending decision, int replicas, _) ->
          tell(
              news,
              object,
              true,
              "ChangedByOther",
              "somebody set the target to "
                  + replicas
                  + " replicas while it was on its way to "
                  + decision.to(),
              "explain");
      case TargetEvent.Tripped(var pause) ->
          tell(
              news,
              object,
              true,
              "RunawayProtection",
              "too many actions in an hour: the replicas stay until "
                  + pause.until()
                  + ": find out why; then, to go on now",
              "resume");
      case TargetEvent.Resumed _ ->
          tell(news, object, false, "Resumed", "the runaway protection lets go", "explain");
    }
  }
}
