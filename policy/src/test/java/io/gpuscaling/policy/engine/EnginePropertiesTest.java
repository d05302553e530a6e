package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.fixed;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.thresholds;
import static io.gpuscaling.policy.engine.PolicyFixture.upOnly;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.observe.Room;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Rates.Rate;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.Step;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.EngineState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds over any history. A failing seed is in the test's name; the exceptions are those that
 * the order of the gates states.
 */
final class EnginePropertiesTest {

  private static final int HISTORIES = 80;
  private static final int EVALUATIONS = 300;
  private static final List<Exactness> EXACTNESS = List.of(Exactness.values());

  static LongStream seeds() {
    return LongStream.range(0, HISTORIES);
  }

  /** One evaluation of a history, with all that it was given and gave. */
  private record Moment(Observations seen, EngineState before, Evaluation evaluation, Instant now) {

    Decision decision() {
      return evaluation.decision();
    }

    int current() {
      return seen.currentReplicas();
    }

    boolean isBy(Reason... reasons) {
      return List.of(reasons).contains(decision().reason());
    }
  }

  private record History(Policy policy, List<Moment> moments) {}

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHistory_staysWithinMinMaxAndQuota(long seed) {
    for (Moment moment : history(seed).moments()) {
      Decision decision = moment.decision();
      if (decision.action() == Action.UP) {
        assertThat(decision.desiredReplicas()).isLessThanOrEqualTo(decision.maxReplicas());
        moment
            .seen()
            .quota()
            .ifPresent(it -> assertThat(decision.desiredReplicas()).isLessThanOrEqualTo(it));
      }
      if (decision.action() == Action.DOWN) {
        assertThat(decision.desiredReplicas()).isGreaterThanOrEqualTo(decision.minReplicas());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHistory_neverMoreThanTheRateInAnyWindow(long seed) {
    History history = history(seed);
    for (boolean isUp : new boolean[] {true, false}) {
      Optional<Rate> rate = isUp ? history.policy().rates().up() : history.policy().rates().down();
      if (rate.isEmpty()) {
        continue;
      }
      for (Moment moment : history.moments()) {
        Decision decision = moment.decision();
        boolean isOurs = !moment.isBy(Reason.BELOW_MINIMUM);
        if (isOurs && decision.action() == (isUp ? Action.UP : Action.DOWN)) {
          Instant cutoff = moment.now().minus(rate.get().period());
          int before =
              moment.before().actions().changes().stream()
                  .filter(it -> it.isUp() == isUp && it.at().isAfter(cutoff))
                  .mapToInt(it -> Math.abs(it.to() - it.from()))
                  .sum();
          assertThat(before + Math.abs(decision.desiredReplicas() - moment.current()))
              .isLessThanOrEqualTo(rate.get().replicas());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHistory_noActionByRulesInACooldown(long seed) {
    History history = history(seed);
    for (Moment moment : history.moments()) {
      boolean isRest = moment.decision().gate(Gate.COOLDOWN).reason() == Reason.REST_OF_STEP;
      if (isRest || !moment.isBy(Reason.RULE_BREACHED, Reason.RULES_AGREE, Reason.FALLBACK)) {
        continue;
      }
      // The engine counts from the state it was given, where the last change is.
      if (moment.decision().action() == Action.UP) {
        moment
            .before()
            .actions()
            .lastUp()
            .ifPresent(it ->
                assertThat(Duration.between(it, moment.now()))
                    .isGreaterThanOrEqualTo(history.policy().cooldown().up()));
      } else if (moment.decision().action() == Action.DOWN) {
        moment
            .before()
            .actions()
            .last()
            .ifPresent(it ->
                assertThat(Duration.between(it, moment.now()))
                    .isGreaterThanOrEqualTo(history.policy().cooldown().down()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHistory_unknownAndLowerBoundsNeverLower(long seed) {
    for (Moment moment : history(seed).moments()) {
      if (moment.decision().action() != Action.DOWN || !moment.isBy(Reason.RULES_AGREE)) {
        continue;
      }
      for (RuleOutcome outcome : moment.decision().rules()) {
        if (outcome.canLower()) {
          assertThat(outcome.observation())
              .isInstanceOfSatisfying(
                  Observation.Sampled.class,
                  it -> assertThat(it.exactness()).isNotEqualTo(Exactness.LOWER_BOUND));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHistory_neverBelowBusy_andNotLoweredWhileBusyIsUnknown(long seed) {
    for (Moment moment : history(seed).moments()) {
      if (moment.decision().action() != Action.DOWN) {
        continue;
      }
      switch (moment.seen().busy()) {
        case BusyWorkers.Known(int busy) ->
            assertThat(moment.decision().desiredReplicas())
                .isGreaterThanOrEqualTo(Math.min(busy, moment.current()));
        case BusyWorkers.Unknown _ -> throw new AssertionError("lowered: " + moment.decision());
        case BusyWorkers.Untracked() -> {
          // Nothing to protect.
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHistory_sameInput_sameOutput(long seed) {
    History history = history(seed);
    for (Moment moment : history.moments()) {
      assertThat(Engine.evaluate(history.policy(), moment.seen(), moment.before(), moment.now()))
          .isEqualTo(moment.evaluation());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHistory_neverMoreActionsAnHourThanTheBreakerAllows(long seed) {
    History history = history(seed);
    Instant resumedAt = Instant.EPOCH;
    for (Moment moment : history.moments()) {
      for (TargetEvent event : moment.evaluation().events()) {
        resumedAt = event instanceof TargetEvent.Resumed(Instant at) ? at : resumedAt;
      }
      boolean isNew =
          moment.before().actions().pending().isEmpty()
              && moment
                  .evaluation()
                  .state()
                  .actions()
                  .pending()
                  .filter(it -> !it.isRest())
                  .isPresent();
      if (isNew && moment.isBy(Reason.RULE_BREACHED, Reason.RULES_AGREE, Reason.FALLBACK)) {
        Instant hourAgo = moment.now().minus(Duration.ofHours(1));
        Instant from = resumedAt.isAfter(hourAgo) ? resumedAt : hourAgo;
        long actions =
            moment.evaluation().state().actions().changes().stream()
                .filter(it -> it.at().isAfter(from) && !it.continues())
                .count();
        assertThat(actions + 1).isLessThanOrEqualTo(history.policy().breaker().maxActions());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHistory_whatIsRememberedIsBounded(long seed) {
    for (Moment moment : history(seed).moments()) {
      EngineState state = moment.evaluation().state();
      assertThat(state.actions().changes()).hasSizeLessThanOrEqualTo(Actions.MAX_CHANGES);
      state
          .windows()
          .forEach((_, window) -> assertThat(window.slots()).hasSizeLessThanOrEqualTo(4));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyHistory_unknownServesNothing_elseANumber(long seed) {
    for (Moment moment : history(seed).moments()) {
      assertThat(moment.decision().served().isEmpty())
          .isEqualTo(moment.decision().phase() == Phase.UNKNOWN);
    }
  }

  private static History history(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Policy policy = policy(random);
    List<Moment> moments = new ArrayList<>();
    EngineState state = EngineState.EMPTY;
    Instant now = Scenario.START;
    int replicas = random.nextInt(0, 30);
    double load = 50;
    int lag = random.nextInt(3);
    for (int i = 0; i < EVALUATIONS; i++) {
      load = random.nextInt(20) == 0 ? random.nextDouble(0, 300) : load + random.nextDouble(-8, 8);
      Observations seen = seen(policy, random, Math.max(0, load), replicas, now);
      Evaluation evaluation = Engine.evaluate(policy, seen, state, now);
      moments.add(new Moment(seen, state, evaluation, now));
      state = evaluation.state();
      if (random.nextInt(lag + 1) == 0) {
        replicas = evaluation.decision().served().orElse(replicas);
      }
      if (random.nextInt(60) == 0) {
        replicas = random.nextInt(0, 30);
      }
      now = now.plusSeconds(random.nextInt(12) == 0 ? 45 : 15);
    }
    return new History(policy, moments);
  }

  private static Observations seen(
      Policy policy, SplittableRandom random, double load, int replicas, Instant now) {
    Map<String, Observation> rules = new HashMap<>();
    for (Rule rule : policy.rules()) {
      rules.put(
          rule.name(),
          random.nextInt(8) == 0
              ? new Observation.Missing("lost")
              : new Observation.Sampled(
                  random.nextInt(6) == 0 ? now.minusSeconds(20) : now,
                  load,
                  EXACTNESS.get(random.nextInt(EXACTNESS.size())),
                  "test"));
    }
    BusyWorkers busy =
        switch (random.nextInt(4)) {
          case 0 -> new BusyWorkers.Unknown("lost");
          case 1 -> new BusyWorkers.Known(random.nextInt(0, 12));
          default -> new BusyWorkers.Untracked();
        };
    return new Observations(
        rules,
        replicas,
        0,
        busy,
        new Room.Fits(random.nextInt(5)),
        random.nextInt(3) == 0 ? OptionalInt.of(random.nextInt(3, 25)) : OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static Policy policy(SplittableRandom random) {
    Response response =
        switch (random.nextInt(3)) {
          case 0 -> thresholds(100, fixed(random.nextInt(1, 9)), 20, fixed(random.nextInt(1, 5)));
          case 1 -> thresholds(90, new Step.Percentage(30), 30, new Step.Percentage(20));
          default ->
              new Response.Proportional(
                  random.nextDouble(4, 20), OptionalInt.of(6), OptionalInt.empty());
        };
    int periods = random.nextInt(1, 5);
    return gpuWorkers()
        .bounds(random.nextInt(0, 4), random.nextInt(10, 40))
        .rules(
            rule("load", response, periods, random.nextInt(1, periods + 1)),
            rule("age", upOnly(150, 1), 2, 1))
        .cooldown(random.nextInt(0, 8) * 15L, random.nextInt(0, 12) * 15L)
        .rates(rate(random), rate(random))
        .breaker(random.nextInt(5, 40), random.nextInt(2, 12))
        .policy();
  }

  private static Optional<Rate> rate(SplittableRandom random) {
    return random.nextInt(4) == 0
        ? Optional.empty()
        : Optional.of(
            new Rate(random.nextInt(1, 7), Duration.ofSeconds(random.nextInt(1, 5) * 30L)));
  }
}
