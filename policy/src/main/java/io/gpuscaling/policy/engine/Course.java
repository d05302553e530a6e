package io.gpuscaling.policy.engine;

import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.ManualOverride.Order;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Rates.Rate;
import io.gpuscaling.policy.spec.ScheduleWindow;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.Pause;
import io.gpuscaling.policy.state.Pending;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One way through the gates, strongest first: override; raising to the minimum; breaker; lowering
 * to the maximum; a schedule that pauses; then what the rules say, through cooldown, room, busy
 * workers and rate. For one evaluation, by one thread.
 */
final class Course {

  private final Policy policy;
  private final Observations seen;
  private final Optional<ScheduleWindow> window;
  private final Instant now;
  private final List<TargetEvent> events;
  private final int current;
  private final Bounds bounds;
  private final boolean isQuotaBinding;
  private final RuleVerdict verdict;
  private final Optional<Order> order;
  private final GateLog log = new GateLog();
  private Actions actions;

  Course(
      Policy policy,
      Observations seen,
      Actions actions,
      Optional<ScheduleWindow> window,
      List<RuleOutcome> rules,
      Instant now,
      List<TargetEvent> events) {
    this.policy = policy;
    this.seen = seen;
    this.actions = actions;
    this.window = window;
    this.now = now;
    this.events = events;
    this.current = seen.currentReplicas();
    Bounds own = window.map(it -> it.bounds(policy.bounds())).orElse(policy.bounds());
    int max = Math.min(own.maxReplicas(), Math.max(0, seen.quota().orElse(Integer.MAX_VALUE)));
    this.bounds = new Bounds(Math.min(own.minReplicas(), max), max);
    this.isQuotaBinding = max < own.maxReplicas();
    this.verdict = RuleVerdict.of(rules, current, policy.fallback());
    this.order = seen.override().filter(it -> it.isActive(now)).map(ManualOverride::order);
  }

  /** What is remembered afterwards. */
  Actions actions() {
    return actions;
  }

  Decision run() {
    Optional<Decision> byOrder = byOverride();
    if (byOrder.isPresent()) {
      return byOrder.get();
    }
    if (current < bounds.minReplicas() && mayRaise()) {
      log.decided(
          Gate.MINIMUM, Reason.BELOW_MINIMUM, current, bounds.minReplicas(), Optional.empty());
      return decide(bounds.minReplicas(), Phase.SCALING_UP, Reason.BELOW_MINIMUM, false);
    }
    log.passed(Gate.MINIMUM, current);
    if (actions.pause().isPresent()) {
      return pausedByBreaker(actions.pause().get());
    }
    if (current > bounds.maxReplicas() && mayLower()) {
      return lowerToMaximum();
    }
    if (window.isPresent() && window.get().isPaused()) {
      log.decided(Gate.SCHEDULE, Reason.PAUSED_BY_SCHEDULE, current, current, Optional.empty());
      return stay(Phase.PAUSED, Reason.PAUSED_BY_SCHEDULE);
    }
    log.passed(Gate.SCHEDULE, current);
    log.passed(Gate.RULES, verdict.reason(), current, verdict.proposal());
    return switch (Action.of(current, verdict.proposal())) {
      case UP -> raise();
      case DOWN -> lower();
      case NONE -> keepOr(verdict.isUnknown() ? Phase.UNKNOWN : Phase.STEADY, verdict.reason());
    };
  }

  private boolean mayRaise() {
    return !(order.orElse(null) instanceof Order.HoldUp);
  }

  private boolean mayLower() {
    return !(order.orElse(null) instanceof Order.HoldDown);
  }

  private Optional<Decision> byOverride() {
    if (order.isEmpty()) {
      log.passed(Gate.OVERRIDE, current);
      return Optional.empty();
    }
    Optional<Duration> left = seen.override().map(it -> Duration.between(now, it.until()));
    return switch (order.get()) {
      case Order.Pause() -> {
        log.decided(Gate.OVERRIDE, Reason.PAUSED_BY_OVERRIDE, current, current, left);
        yield Optional.of(stay(Phase.OVERRIDDEN, Reason.PAUSED_BY_OVERRIDE));
      }
      case Order.PauseAt(int replicas) -> {
        log.decided(Gate.OVERRIDE, Reason.SET_BY_OVERRIDE, current, replicas, left);
        yield Optional.of(decide(replicas, Phase.OVERRIDDEN, Reason.SET_BY_OVERRIDE, false));
      }
      case Order.HoldUp() -> {
        log.decided(Gate.OVERRIDE, Reason.UP_HELD_BY_OVERRIDE, current, current, left);
        yield Optional.empty();
      }
      case Order.HoldDown() -> {
        log.decided(Gate.OVERRIDE, Reason.DOWN_HELD_BY_OVERRIDE, current, current, left);
        yield Optional.empty();
      }
    };
  }

  private Decision pausedByBreaker(Pause pause) {
    Reason reason = reason(pause);
    log.closed(
        Gate.BREAKER,
        reason,
        verdict.proposal(),
        current,
        Optional.of(Duration.between(now, pause.until())));
    return stay(Phase.PAUSED, reason);
  }

  private static Reason reason(Pause pause) {
    return switch (pause.cause()) {
      case ACTIONS -> Reason.TOO_MANY_ACTIONS;
      case DIRECTION_CHANGES -> Reason.TOO_MANY_DIRECTION_CHANGES;
    };
  }

  /** A new maximum waits for no cooldown, but for busy workers and the rate. */
  private Decision lowerToMaximum() {
    int max = bounds.maxReplicas();
    Reason reason = isQuotaBinding ? Reason.ABOVE_QUOTA : Reason.ABOVE_MAXIMUM;
    log.decided(Gate.MAXIMUM, reason, current, max, Optional.empty());
    boolean isImmediate = window.map(ScheduleWindow::isImmediate).orElse(false);
    int to = isImmediate ? max : rated(aboveBusy(max), false);
    if (to >= current) {
      return keepOr(Phase.HELD, reason);
    }
    return decide(to, Phase.SCALING_DOWN, reason, false);
  }

  private Decision raise() {
    int proposal = verdict.proposal();
    if (!mayRaise()) {
      return keepOr(Phase.HELD, Reason.UP_HELD_BY_OVERRIDE);
    }
    if (verdict.isUpForbidden()) {
      log.closed(Gate.DEGRADE, Reason.UP_FORBIDDEN, proposal, current, Optional.empty());
      return stay(Phase.HELD, Reason.UP_FORBIDDEN);
    }
    log.passed(Gate.DEGRADE, proposal);
    if (current >= bounds.maxReplicas()) {
      Reason reason = isQuotaBinding ? Reason.AT_QUOTA : Reason.AT_MAXIMUM;
      log.closed(Gate.MAXIMUM, reason, proposal, current, Optional.empty());
      return keepOr(Phase.HELD, reason);
    }
    Wanted wanted = cooledDownUp();
    if (wanted.replicas() <= current) {
      log.closed(Gate.COOLDOWN, Reason.COOLING_DOWN, proposal, current, wanted.left());
      return keepOr(Phase.HELD, Reason.COOLING_DOWN);
    }
    log.passed(
        Gate.COOLDOWN,
        wanted.isRest() ? Reason.REST_OF_STEP : Reason.PASSED,
        proposal,
        wanted.replicas());
    int bounded = Math.min(wanted.replicas(), bounds.maxReplicas());
    if (bounded < wanted.replicas()) {
      log.limited(
          Gate.MAXIMUM,
          isQuotaBinding ? Reason.AT_QUOTA : Reason.AT_MAXIMUM,
          wanted.replicas(),
          bounded);
    } else {
      log.passed(Gate.MAXIMUM, bounded);
    }
    int fitting = RoomGate.fitting(policy.vramGate(), seen, bounded, log);
    if (fitting <= current) {
      return keepOr(Phase.HELD, RoomGate.reason(policy.vramGate(), seen.room()));
    }
    int rated = rated(fitting, true);
    if (rated <= current) {
      return keepOr(Phase.HELD, Reason.RATE_LIMITED);
    }
    return act(rated, fitting, wanted.isRest(), Phase.SCALING_UP);
  }

  private Decision lower() {
    int proposal = verdict.proposal();
    if (!mayLower()) {
      return keepOr(Phase.HELD, Reason.DOWN_HELD_BY_OVERRIDE);
    }
    if (current <= bounds.minReplicas()) {
      log.closed(Gate.MINIMUM, Reason.AT_MINIMUM, proposal, current, Optional.empty());
      return keepOr(Phase.STEADY, Reason.AT_MINIMUM);
    }
    boolean isRest = actions.rest().isPresent() && actions.rest().getAsInt() < current;
    Duration left =
        isRest
            ? Duration.ZERO
            : ActionLimits.cooldownLeft(actions.last(), verdict.downCooldown(policy), now);
    if (left.isPositive()) {
      log.closed(Gate.COOLDOWN, Reason.COOLING_DOWN, proposal, current, Optional.of(left));
      return keepOr(Phase.HELD, Reason.COOLING_DOWN);
    }
    int goal = isRest ? actions.rest().getAsInt() : proposal;
    log.passed(Gate.COOLDOWN, isRest ? Reason.REST_OF_STEP : Reason.PASSED, proposal, goal);
    int bounded = Math.max(goal, bounds.minReplicas());
    if (bounded > goal) {
      log.limited(Gate.MINIMUM, Reason.AT_MINIMUM, goal, bounded);
    }
    int idle = aboveBusy(bounded);
    if (idle >= current) {
      return keepOr(
          Phase.HELD,
          seen.busy() instanceof BusyWorkers.Unknown ? Reason.BUSY_UNKNOWN : Reason.WORKERS_BUSY);
    }
    int rated = rated(idle, false);
    if (rated >= current) {
      return keepOr(Phase.HELD, Reason.RATE_LIMITED);
    }
    return act(rated, idle, isRest, Phase.SCALING_DOWN);
  }

  /** An action by rules, unless it would be one too many. */
  private Decision act(int to, int goal, boolean isRest, Phase phase) {
    boolean isUp = to > current;
    if (!isRest && actions.pending().isEmpty()) {
      Optional<Pause.Cause> cause = ActionLimits.tripped(policy.breaker(), isUp, actions, now);
      if (cause.isPresent()) {
        Pause pause = new Pause(now, now.plus(policy.breaker().resumeAfter()), cause.get());
        actions = actions.withPause(pause);
        events.add(new TargetEvent.Tripped(pause));
        return pausedByBreaker(pause);
      }
    }
    log.passed(Gate.BREAKER, to);
    actions = actions.withRest(to == goal ? OptionalInt.empty() : OptionalInt.of(goal));
    Optional<Pending> pending = actions.pending();
    if (pending.isPresent() && pending.get().isUp() == isUp) {
      int further =
          isUp
              ? Math.min(Math.max(to, pending.get().to()), bounds.maxReplicas())
              : aboveBusy(Math.max(Math.min(to, pending.get().to()), bounds.minReplicas()));
      return decide(further, phase, verdict.reason(), isRest);
    }
    return decide(to, phase, verdict.reason(), isRest);
  }

  /** Where an action up may lead now, by the rules whose cooldown is over. */
  private record Wanted(int replicas, boolean isRest, Optional<Duration> left) {}

  private Wanted cooledDownUp() {
    int wanted = current;
    Duration shortest = Duration.ofSeconds(Long.MAX_VALUE);
    for (RuleVerdict.Ask ask : verdict.asks()) {
      Duration cooldown = ask.cooldown().orElse(policy.cooldown()).up();
      Duration left = ActionLimits.cooldownLeft(actions.lastUp(), cooldown, now);
      if (!left.isPositive()) {
        wanted = Math.max(wanted, ask.replicas());
      } else if (left.compareTo(shortest) < 0) {
        shortest = left;
      }
    }
    int rest = actions.rest().orElse(current);
    if (rest > wanted) {
      return new Wanted(rest, true, Optional.empty());
    }
    return new Wanted(wanted, false, wanted > current ? Optional.empty() : Optional.of(shortest));
  }

  /** Not below the workers that run a task; the current replicas while nobody can say. */
  private int aboveBusy(int wanted) {
    if (!policy.busyFloor()) {
      return wanted;
    }
    return switch (seen.busy()) {
      case BusyWorkers.Untracked() -> {
        log.passed(Gate.BUSY_FLOOR, wanted);
        yield wanted;
      }
      case BusyWorkers.Unknown _ -> {
        log.closed(Gate.BUSY_FLOOR, Reason.BUSY_UNKNOWN, wanted, current, Optional.empty());
        yield current;
      }
      case BusyWorkers.Known(int busy) -> {
        int floor = Math.min(current, Math.max(wanted, busy));
        log.let(Gate.BUSY_FLOOR, Reason.WORKERS_BUSY, wanted, floor, current, Optional.empty());
        yield floor;
      }
    };
  }

  private int rated(int wanted, boolean isUp) {
    Optional<Rate> rate = isUp ? policy.rates().up() : policy.rates().down();
    if (rate.isEmpty() || wanted == current) {
      log.passed(Gate.RATE, wanted);
      return wanted;
    }
    int allowed = ActionLimits.allowance(rate.get(), isUp, actions, now);
    int rated =
        isUp
            ? (int) Math.min(wanted, (long) current + allowed)
            : Math.max(wanted, current - allowed);
    Optional<Duration> left =
        rated == current
            ? Optional.of(ActionLimits.rateLeft(rate.get(), isUp, actions, now))
            : Optional.empty();
    log.let(Gate.RATE, Reason.RATE_LIMITED, wanted, rated, current, left);
    return rated;
  }

  /** No new action: an earlier one that still waits for the target goes on, if nothing forbids. */
  private Decision keepOr(Phase phase, Reason reason) {
    if (verdict.proposal() == current) {
      actions = actions.withRest(OptionalInt.empty());
    }
    Optional<Pending> pending = actions.pending();
    if (pending.isEmpty()) {
      return decided(current, phase, reason);
    }
    int to =
        pending.get().isUp()
            ? mayRaise() ? Math.min(pending.get().to(), bounds.maxReplicas()) : current
            : mayLower() ? aboveBusy(Math.max(pending.get().to(), bounds.minReplicas())) : current;
    if (Action.of(current, to) != Action.of(current, pending.get().to())) {
      actions = actions.withPending(Optional.empty());
      return decided(current, phase, reason);
    }
    return decide(
        to,
        pending.get().isUp() ? Phase.SCALING_UP : Phase.SCALING_DOWN,
        Reason.WAITING_FOR_TARGET,
        pending.get().isRest());
  }

  /** The replicas stay, and what was decided before is withdrawn. */
  private Decision stay(Phase phase, Reason reason) {
    actions = actions.withPending(Optional.empty()).withRest(OptionalInt.empty());
    return decided(current, phase, reason);
  }

  private Decision decide(int to, Phase phase, Reason reason, boolean isRest) {
    if (to == current || policy.isShadow()) {
      actions = actions.withPending(Optional.empty());
    } else if (actions.pending().isEmpty() || actions.pending().get().to() != to) {
      boolean hasBegun =
          actions.pending().map(it -> it.hasBegun() && it.isUp() == to > current).orElse(false);
      actions = actions.withPending(Optional.of(new Pending(now, current, to, hasBegun, isRest)));
    }
    return decided(to, phase, reason);
  }

  private Decision decided(int to, Phase phase, Reason reason) {
    return new Decision(
        now,
        current,
        to,
        phase,
        reason,
        verdict.leading(),
        window.map(ScheduleWindow::name),
        bounds.minReplicas(),
        bounds.maxReplicas(),
        verdict.rules(),
        log.all(current),
        verdict.asksBeyond(bounds.maxReplicas()),
        verdict.isDegraded(),
        policy.isShadow());
  }
}
