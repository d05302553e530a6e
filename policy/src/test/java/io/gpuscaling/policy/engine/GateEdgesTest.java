package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.fixed;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.perMinute;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.thresholds;
import static io.gpuscaling.policy.engine.PolicyFixture.upOnly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.explain.Sentences;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.schedule.CronTimes;
import io.gpuscaling.policy.schedule.Recurrence;
import io.gpuscaling.policy.spec.Breaker;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Rates.Rate;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.ScheduleWindow;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.Change;
import io.gpuscaling.policy.state.Pause;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What gates do where a little more or less would be another way. */
final class GateEdgesTest {

  private static final Instant NOW = Scenario.START;
  private static final Response PER_TEN =
      new Response.Proportional(10, OptionalInt.empty(), OptionalInt.empty());

  private static String said(Decision decision, Gate gate) {
    return Sentences.of(decision.gate(gate));
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }

  @Test
  void schedulePause_isSaidByItsGate() {
    ScheduleWindow night =
        new ScheduleWindow(
            "night",
            new Recurrence(
                CronTimes.parse("0 12 * * *", ZoneId.of("UTC")),
                new Recurrence.End.After(Duration.ofHours(1))),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Map.of(),
            true,
            false);
    Scenario workers = new Scenario(gpuWorkers().schedule(night), 4).value("queue", 140);
    GateOutcome schedule = workers.value("cpu", 50).step().gate(Gate.SCHEDULE);
    assertThat(schedule.reason()).isEqualTo(Reason.PAUSED_BY_SCHEDULE);
    assertThat(schedule.verdict()).isEqualTo(GateOutcome.Verdict.DECIDED);
  }

  @Test
  void aboveTheMaximum_whileAllAreBusy_isHeld() {
    Scenario workers = new Scenario(gpuWorkers().bounds(2, 10), 12).value("queue", 50);
    workers.value("cpu", 50).busy = new BusyWorkers.Known(12);
    Decision held = workers.step();
    assertThat(held.desiredReplicas()).isEqualTo(12);
    assertThat(held.phase()).isEqualTo(Phase.HELD);
    assertThat(held.reason()).isEqualTo(Reason.ABOVE_MAXIMUM);
  }

  @Test
  void closedGates_sayWhatTheyHeld() {
    Rule outage =
        new Rule(
            "outage",
            new MetricRef.Query("errors", "upstream-errors"),
            upOnly(0.5, 1),
            1,
            1,
            Optional.empty(),
            Rule.Effect.DEGRADE_AND_FORBID_UP);
    Scenario forbidden =
        new Scenario(gpuWorkers().rules(PolicyFixture.queueRule(), outage), 4)
            .value("queue", 140)
            .value("outage", 0.9);
    assertThat(said(forbidden.step(), Gate.DEGRADE)).startsWith("degrade closed: ");
    Scenario full = new Scenario(gpuWorkers().bounds(2, 4), 4).value("queue", 140);
    assertThat(said(full.value("cpu", 50).step(), Gate.MAXIMUM))
        .isEqualTo("maximum closed: the maximum is reached");
  }

  @Test
  void withoutARate_itsGatePasses_whenItIsUsedUpNothingGoes() {
    Rule ones = rule("queue", thresholds(100, fixed(1), 10, fixed(1)), 1, 1);
    Scenario up = new Scenario(gpuWorkers().rules(ones).rates(none(), perMinute(1)), 6);
    assertThat(said(up.value("queue", 140).step(), Gate.RATE)).isEqualTo("rate passed");
    Scenario down =
        new Scenario(gpuWorkers().rules(ones).cooldown(0, 0).rates(none(), perMinute(1)), 6);
    assertThat(down.value("queue", 0).step().desiredReplicas()).isEqualTo(5);
    Decision held = down.step();
    assertThat(held.phase()).isEqualTo(Phase.HELD);
    assertThat(held.reason()).isEqualTo(Reason.RATE_LIMITED);
  }

  @Test
  void targetOnItsWay_anotherGoalGoesOnWithTheSameAction_theOtherWayIsANewOne() {
    PolicyFixture free =
        gpuWorkers().cooldown(0, 0).rates(none(), none()).rules(rule("load", PER_TEN, 1, 1));
    Scenario further = new Scenario(free, 4).value("load", 80);
    further.isFollowing = false;
    further.step();
    further.replicas(6).value("load", 100);
    assertThat(further.step().desiredReplicas()).isEqualTo(10);
    further.replicas(10).step();
    assertThat(further.state.actions().changes())
        .extracting(Change::from, Change::to, Change::continues)
        .containsExactly(tuple(4, 6, false), tuple(6, 10, true));

    Scenario back = new Scenario(free, 4).value("load", 80);
    back.isFollowing = false;
    back.step();
    back.replicas(6).value("load", 30);
    assertThat(back.step().desiredReplicas()).isEqualTo(3);
    back.replicas(3).step();
    assertThat(back.state.actions().changes())
        .extracting(Change::from, Change::to, Change::continues)
        .containsExactly(tuple(4, 6, false), tuple(6, 3, false));

    Scenario still = new Scenario(free, 4).value("load", 60);
    still.isFollowing = false;
    still.step();
    still.value("load", 90).step();
    still.replicas(9).step();
    assertThat(still.state.actions().changes()).containsExactly(new Change(at(still), 4, 9, false));
  }

  private static Instant at(Scenario scenario) {
    return scenario.now.minus(PolicyFixture.INTERVAL);
  }

  @Test
  void targetComesDownHalfWay_decisionStays() {
    PolicyFixture bold =
        gpuWorkers().rules(rule("queue", thresholds(100, fixed(1), 10, fixed(4)), 1, 1));
    Scenario workers = new Scenario(bold, 8).value("queue", 0);
    workers.isFollowing = false;
    workers.step();
    assertThat(workers.replicas(6).step().desiredReplicas()).isEqualTo(4);
    workers.replicas(4).step();
    assertThat(workers.events).hasOnlyElementsOfType(TargetEvent.Reached.class);
    assertThat(workers.state.actions().changes())
        .extracting(Change::from, Change::to, Change::continues)
        .containsExactly(tuple(8, 6, false), tuple(6, 4, true));
  }

  @Test
  void restThatSomebodyElseReached_isNoRestAnyMore() {
    PolicyFixture bold =
        gpuWorkers()
            .rates(none(), perMinute(2))
            .rules(rule("queue", thresholds(100, fixed(1), 10, fixed(6)), 1, 1));
    Scenario workers = new Scenario(bold, 12).value("queue", 0);
    assertThat(workers.step().desiredReplicas()).isEqualTo(10);
    assertThat(workers.replicas(6).step().reason()).isEqualTo(Reason.COOLING_DOWN);
  }

  @Test
  void rateOfLongerThanAnHour_isNotForgotten() {
    PolicyFixture slow =
        gpuWorkers()
            .rates(Optional.of(new Rate(3, Duration.ofHours(3))), none())
            .rules(rule("queue", thresholds(100, fixed(2), 10, fixed(1)), 1, 1));
    Scenario workers = new Scenario(slow, 4).value("queue", 140);
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
    assertThat(workers.wait(Duration.ofHours(2)).step().desiredReplicas()).isEqualTo(7);
    assertThat(workers.wait(Duration.ofMinutes(30)).step().reason()).isEqualTo(Reason.RATE_LIMITED);
  }

  @Test
  void rateThatWasLowered_opensWhenEnoughHasLeftItsPeriod() {
    Actions moved =
        Actions.NONE
            .withChange(new Change(NOW.minusSeconds(50), 4, 6, false), Instant.EPOCH)
            .withChange(new Change(NOW.minusSeconds(20), 6, 11, false), Instant.EPOCH);
    Rate five = new Rate(5, Duration.ofMinutes(1));
    assertThat(ActionLimits.allowance(five, true, moved, NOW)).isZero();
    assertThat(ActionLimits.rateLeft(five, true, moved, NOW)).isEqualTo(Duration.ofSeconds(40));
  }

  @Test
  void directions_mayChangeAsOftenAsAllowed_notOnceMore() {
    Breaker once = new Breaker(100, 1, Duration.ofHours(1));
    Actions turned =
        Actions.NONE
            .withChange(new Change(NOW.minusSeconds(900), 4, 6, false), Instant.EPOCH)
            .withChange(new Change(NOW.minusSeconds(600), 6, 5, false), Instant.EPOCH);
    assertThat(ActionLimits.tripped(once, false, turned, NOW)).isEmpty();
    assertThat(ActionLimits.tripped(once, true, turned, NOW))
        .contains(Pause.Cause.DIRECTION_CHANGES);
  }

  @Test
  void sentence_tellsTheTimeOfTheGateThatDecided() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 140).value("cpu", 50);
    workers.step();
    workers.override =
        Optional.of(
            new ManualOverride(new ManualOverride.Order.HoldDown(), NOW.plus(Duration.ofHours(9))));
    assertThat(Sentences.of(workers.step())).endsWith(", 4m45s left");
  }
}
