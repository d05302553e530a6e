package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.spec.Breaker;
import io.gpuscaling.policy.spec.Rates.Rate;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.Change;
import io.gpuscaling.policy.state.Pause;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What the past allows: cooldowns, rates and the breaker, over what was seen to change. */
final class ActionLimits {

  private ActionLimits() {}

  /** How long a cooldown still lasts; zero when it is over. */
  static Duration cooldownLeft(Optional<Instant> since, Duration cooldown, Instant now) {
    if (since.isEmpty()) {
      return Duration.ZERO;
    }
    Duration left = Duration.between(now, since.get().plus(cooldown));
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** How many replicas may still be changed now. */
  static int allowance(Rate rate, boolean upwards, Actions actions, Instant now) {
    return Math.max(0, rate.replicas() - actions.moved(upwards, rate.period(), now));
  }

  /** How long until a rate allows at least one more. */
  static Duration rateLeft(Rate rate, boolean upwards, Actions actions, Instant now) {
    int excess = actions.moved(upwards, rate.period(), now) - rate.replicas();
    Instant cutoff = now.minus(rate.period());
    for (Change change : actions.changes()) { // oldest first: they leave the window in this order
      if (change.isUp() == upwards && change.at().isAfter(cutoff)) {
        excess -= Math.abs(change.to() - change.from());
        if (excess < 0) {
          return Duration.between(cutoff, change.at());
        }
      }
    }
    return Duration.ZERO;
  }

  /** Why one more action would be too much, if it would. The rest of a step is no action. */
  static Optional<Pause.Cause> tripped(
      Breaker breaker, boolean upwards, Actions actions, Instant now) {
    Instant from = later(now.minus(Breaker.WINDOW), actions.countedFrom());
    int count = 1;
    int turns = 0;
    Optional<Boolean> before = Optional.empty();
    for (Change change : actions.changes()) {
      if (change.at().isAfter(from) && !change.continues()) {
        count++;
        if (before.isPresent() && before.get() != change.isUp()) {
          turns++;
        }
        before = Optional.of(change.isUp());
      }
    }
    if (before.isPresent() && before.get() != upwards) {
      turns++;
    }
    if (count > breaker.maxActions()) {
      return Optional.of(Pause.Cause.ACTIONS);
    }
    return turns > breaker.maxDirectionChanges()
        ? Optional.of(Pause.Cause.DIRECTION_CHANGES)
        : Optional.empty();
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
