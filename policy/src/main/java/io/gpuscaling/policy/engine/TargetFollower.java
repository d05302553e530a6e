package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.spec.Breaker;
import io.gpuscaling.policy.spec.Cooldown;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Rates.Rate;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.Change;
import io.gpuscaling.policy.state.Pending;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What has become of the pending decision. A cooldown begins when the target is seen to change, not
 * when the change was decided: in between nothing has happened.
 */
final class TargetFollower {

  /** What is remembered then, and what happened. */
  record Followed(Actions actions, List<TargetEvent> events) {}

  private TargetFollower() {}

  static Followed follow(Policy policy, int current, Actions actions, Instant now) {
    if (actions.pending().isEmpty()) {
      return new Followed(actions, List.of());
    }
    Pending pending = actions.pending().get();
    if (current == pending.to()) {
      Change change =
          new Change(now, pending.from(), current, pending.isRest() || pending.hasBegun());
      return new Followed(
          actions.withPending(Optional.empty()).withChange(change, horizon(policy, now)),
          List.of(new TargetEvent.Reached(pending, now)));
    }
    List<TargetEvent> events = new ArrayList<>(1);
    if (current != pending.from()) {
      if (!isOnTheWay(pending, current)) {
        events.add(new TargetEvent.ChangedByOther(pending, current, now));
        return new Followed(
            actions.withPending(Optional.empty()).withRest(OptionalInt.empty()), events);
      }
      Change change =
          new Change(now, pending.from(), current, pending.isRest() || pending.hasBegun());
      pending = new Pending(pending.decidedAt(), current, pending.to(), true, pending.isRest());
      actions = actions.withPending(Optional.of(pending)).withChange(change, horizon(policy, now));
    }
    if (!now.isBefore(pending.decidedAt().plus(policy.applyDeadline()))) {
      events.add(new TargetEvent.NotReached(pending, now));
      actions = actions.withPending(Optional.empty()).withRest(OptionalInt.empty());
    }
    return new Followed(actions, events);
  }

  private static boolean isOnTheWay(Pending pending, int current) {
    return pending.isUp()
        ? current > pending.from() && current < pending.to()
        : current < pending.from() && current > pending.to();
  }

  /** What is older is asked for by nobody: neither breaker nor cooldown nor rate. */
  private static Instant horizon(Policy policy, Instant now) {
    Duration longest =
        Stream.of(
                Stream.of(Breaker.WINDOW, policy.cooldown().up(), policy.cooldown().down()),
                policy.rules().stream()
                    .map(Rule::cooldown)
                    .flatMap(Optional::stream)
                    .flatMap(TargetFollower::spans),
                Stream.of(policy.rates().up(), policy.rates().down())
                    .flatMap(Optional::stream)
                    .map(Rate::period))
            .flatMap(spans -> spans)
            .max(Duration::compareTo)
            .orElse(Breaker.WINDOW);
    return now.minus(longest);
  }

  private static Stream<Duration> spans(Cooldown cooldown) {
    return Stream.of(cooldown.up(), cooldown.down());
  }
}
