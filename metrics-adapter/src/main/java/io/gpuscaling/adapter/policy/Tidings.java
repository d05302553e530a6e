package io.gpuscaling.adapter.policy;

import io.gpuscaling.policy.engine.TargetEvent;
import io.gpuscaling.policy.explain.Sentences;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.Pending;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a written status means for people. */
final class Tidings {

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
      news.tell(
          after,
          false,
          it.isUp() ? "ScalingUp" : "ScalingDown",
          "from " + it.from() + " to " + it.to() + " replicas" + why(after));
    }
    tellOfDegradation(news, before, after);
    after
        .status()
        .condition(Condition.READY)
        .filter(it -> before.status().condition(Condition.READY).filter(it::says).isEmpty())
        .ifPresent(it -> news.tell(after, !it.isTrue(), it.reason(), it.message()));
  }

  private static void tellOfDegradation(PolicyNews news, PolicyObject before, PolicyObject after) {
    int was = before.status().degradation().level();
    int is = after.status().degradation().level();
    if (was != is) {
      news.tell(
          after,
          is > was,
          is > was ? "Degraded" : "Recovering",
          "level " + is + ": " + Sentences.of(after.status().degradation()));
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
          news.tell(
              object, false, "TargetReached", "the target has " + decision.to() + " replicas");
      case TargetEvent.NotReached(Pending decision, _) ->
          news.tell(
              object,
              true,
              "TargetNotReached",
              "the target did not get to "
                  + decision.to()
                  + " replicas in time: look at its HorizontalPodAutoscaler");
      case TargetEvent.ChangedByOther(Pending decision, int replicas, _) ->
          news.tell(
              object,
              true,
              "ChangedByOther",
              "somebody set the target to "
                  + replicas
                  + " replicas while it was on its way to "
                  + decision.to());
      case TargetEvent.Tripped(var pause) ->
          news.tell(
              object,
              true,
              "RunawayProtection",
              "too many actions in an hour: the replicas stay until " + pause.until());
      case TargetEvent.Resumed _ ->
          news.tell(object, false, "Resumed", "the runaway protection lets go");
    }
  }
}
