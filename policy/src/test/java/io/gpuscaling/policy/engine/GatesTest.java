package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.fixed;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.thresholds;
import static io.gpuscaling.policy.engine.PolicyFixture.upOnly;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.engine.GateOutcome.Verdict;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.ManualOverride.Order;
import io.gpuscaling.policy.observe.Room;
import io.gpuscaling.policy.schedule.CronTimes;
import io.gpuscaling.policy.schedule.Recurrence;
import io.gpuscaling.policy.spec.Cooldown;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Operator;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.ScheduleWindow;
import io.gpuscaling.policy.spec.Step;
import io.gpuscaling.policy.spec.Threshold;
import io.gpuscaling.policy.spec.VramGate;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Each gate, and who is stronger. */
final class GatesTest {

  private static final OptionalInt UNSET = OptionalInt.empty();

  @Test
  void everyDecision_showsEveryGateInItsOrder() {
    Decision decision = loaded(4).step();
    assertThat(decision.gates()).extracting(GateOutcome::gate).containsExactly(Gate.values());
    assertThat(decision.gate(Gate.COOLDOWN).verdict()).isEqualTo(Verdict.PASSED);
  }

  @Test
  void override_pause_isStrongerThanTheMinimum_andEnds() {
    Scenario workers = loaded(1);
    workers.override = order(new Order.Pause(), Duration.ofMinutes(1));
    Decision paused = workers.run(Duration.ofMinutes(1));
    assertThat(paused.desiredReplicas()).isEqualTo(1);
    assertThat(paused.phase()).isEqualTo(Phase.OVERRIDDEN);
    assertThat(paused.gate(Gate.OVERRIDE).left()).contains(Duration.ofSeconds(15));
    assertThat(paused.gate(Gate.MINIMUM).verdict()).isEqualTo(Verdict.NOT_ASKED);
    assertThat(workers.step().desiredReplicas()).isEqualTo(2);
  }

  @Test
  void override_pauseAt_isStrongerThanMaximumAndRate() {
    Scenario workers = loaded(4);
    workers.override = order(new Order.PauseAt(60), Duration.ofHours(1));
    Decision decision = workers.step();
    assertThat(decision.desiredReplicas()).isEqualTo(60);
    assertThat(decision.reason()).isEqualTo(Reason.SET_BY_OVERRIDE);
    assertThat(workers.step().phase()).isEqualTo(Phase.OVERRIDDEN);
  }

  @Test
  void override_holdUp_forbidsTheMinimumToo_butNotLowering() {
    Scenario workers = loaded(1);
    workers.override = order(new Order.HoldUp(), Duration.ofHours(1));
    assertThat(workers.step().desiredReplicas()).isEqualTo(1);
    Scenario idle = new Scenario(gpuWorkers(), 4).value("queue", 0).value("cpu", 0);
    idle.override = order(new Order.HoldUp(), Duration.ofHours(1));
    assertThat(idle.step().desiredReplicas()).isEqualTo(3);
  }

  @Test
  void override_holdDown_forbidsLoweringToAMaximum_butNotRaising() {
    Scenario many = loaded(60);
    many.override = order(new Order.HoldDown(), Duration.ofHours(1));
    assertThat(many.step().desiredReplicas()).isEqualTo(60);
    Scenario workers = loaded(4);
    workers.override = order(new Order.HoldDown(), Duration.ofHours(1));
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
  }

  @Test
  void breaker_paused_stillRaisesToTheMinimum_butLowersNothing() {
    PolicyFixture eager = gpuWorkers().cooldown(0, 0).breaker(1, 1);
    Scenario workers = new Scenario(eager, 4).value("queue", 500).value("cpu", 50);
    workers.steps(2);
    assertThat(workers.replicas(1).step().desiredReplicas()).isEqualTo(2);
    assertThat(workers.replicas(60).step().desiredReplicas()).isEqualTo(60);
  }

  @Test
  void breaker_resumedByHand_countsAnew() {
    PolicyFixture eager = gpuWorkers().cooldown(0, 0).breaker(1, 1);
    Scenario workers = new Scenario(eager, 4).value("queue", 500).value("cpu", 50);
    workers.steps(2);
    assertThat(workers.step().phase()).isEqualTo(Phase.PAUSED);
    workers.resumedAt = Optional.of(workers.now.minusSeconds(1));
    assertThat(workers.step().desiredReplicas()).isEqualTo(8);
    assertThat(workers.step().phase()).isEqualTo(Phase.PAUSED);
  }

  @Test
  void breaker_restOfAStep_isNoActionOfItsOwn() {
    PolicyFixture eager =
        gpuWorkers()
            .breaker(1, 1)
            .rates(PolicyFixture.perMinute(1), Optional.empty())
            .rules(rule("queue", thresholds(100, fixed(3), 10, fixed(1)), 1, 1));
    Scenario workers = new Scenario(eager, 4).value("queue", 500);
    assertThat(workers.step().desiredReplicas()).isEqualTo(5);
    assertThat(workers.run(Duration.ofSeconds(105)).desiredReplicas()).isEqualTo(6);
    assertThat(workers.step().desiredReplicas()).isEqualTo(7);
  }

  @Test
  void newMaximum_lowersInSpiteOfCooldown_byTheRate_notBelowBusy() {
    Scenario workers = loaded(4);
    workers.step();
    workers.busy = new BusyWorkers.Known(3);
    workers.replicas(60);
    Decision first = workers.step();
    assertThat(first.desiredReplicas()).isEqualTo(55);
    assertThat(first.reason()).isEqualTo(Reason.ABOVE_MAXIMUM);
    assertThat(workers.step().desiredReplicas()).isEqualTo(55);
    workers.busy = new BusyWorkers.Known(54);
    assertThat(workers.run(Duration.ofMinutes(1)).desiredReplicas()).isEqualTo(54);
  }

  @Test
  void scheduleToZero_immediate_waitsForNobody() {
    Scenario workers = loaded(9, nightly(OptionalInt.of(0), true, false));
    workers.busy = new BusyWorkers.Known(9);
    assertThat(workers.step().desiredReplicas()).isZero();
  }

  @Test
  void scheduleToZero_keepsRateAndBusy_andComesBackToTheMinimum() {
    Scenario workers = loaded(9, nightly(OptionalInt.of(0), false, false));
    workers.busy = new BusyWorkers.Known(2);
    assertThat(workers.step().desiredReplicas()).isEqualTo(4);
    assertThat(workers.run(Duration.ofMinutes(1)).desiredReplicas()).isEqualTo(2);
    workers.busy = new BusyWorkers.Known(0);
    assertThat(workers.run(Duration.ofMinutes(2)).desiredReplicas()).isZero();
    assertThat(workers.run(Duration.ofHours(1)).desiredReplicas()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void schedulePause_holdsTheRules_notTheMinimum() {
    Scenario workers = loaded(4, nightly(UNSET, false, true));
    Decision paused = workers.step();
    assertThat(paused.desiredReplicas()).isEqualTo(4);
    assertThat(paused.phase()).isEqualTo(Phase.PAUSED);
    assertThat(paused.reason()).isEqualTo(Reason.PAUSED_BY_SCHEDULE);
    assertThat(paused.window()).contains("night");
    assertThat(workers.replicas(1).step().desiredReplicas()).isEqualTo(2);
  }

  @Test
  void scheduleThresholds_replaceTheRules() {
    ScheduleWindow lenient =
        new ScheduleWindow(
            "night", noonForAnHour(), UNSET, UNSET, Map.of("queue", upOnly(1000, 1)), false, false);
    assertThat(loaded(4, lenient).step().action()).isEqualTo(Action.NONE);
  }

  @Test
  void busyWorkers_unknown_lowersNothing() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 0).value("cpu", 0);
    workers.busy = new BusyWorkers.Unknown("1 of 4 pods without a session");
    Decision held = workers.step();
    assertThat(held.desiredReplicas()).isEqualTo(4);
    assertThat(held.reason()).isEqualTo(Reason.BUSY_UNKNOWN);
    assertThat(held.gate(Gate.BUSY_FLOOR).verdict()).isEqualTo(Verdict.CLOSED);
  }

  @Test
  void busyWorkers_limitAStep() {
    PolicyFixture bold =
        gpuWorkers().rules(rule("queue", thresholds(100, fixed(2), 10, fixed(5)), 1, 1));
    Scenario workers = new Scenario(bold, 10).value("queue", 0);
    workers.busy = new BusyWorkers.Known(7);
    Decision decision = workers.step();
    assertThat(decision.desiredReplicas()).isEqualTo(7);
    assertThat(decision.gate(Gate.BUSY_FLOOR).verdict()).isEqualTo(Verdict.LIMITED);
  }

  @Test
  void busyFloorOff_workersDoNotMatter() {
    Scenario workers =
        new Scenario(gpuWorkers().withoutBusyFloor(), 4).value("queue", 0).value("cpu", 0);
    workers.busy = new BusyWorkers.Known(4);
    assertThat(workers.step().desiredReplicas()).isEqualTo(3);
  }

  @Test
  void vramFixedPool_addsOnlyWhatFits_lessWhatIsComing() {
    PolicyFixture gated = gpuWorkers().vramGate(new VramGate.FixedPool());
    Scenario workers = loaded(gated, 4);
    workers.room = new Room.Fits(2);
    workers.pendingReplicas = 1;
    assertThat(workers.step().desiredReplicas()).isEqualTo(5);
    Scenario full = loaded(gated, 4);
    full.room = new Room.Fits(0);
    assertThat(full.step().reason()).isEqualTo(Reason.NO_ROOM);
    Scenario blind = loaded(gated, 4);
    assertThat(blind.step().reason()).isEqualTo(Reason.ROOM_UNKNOWN);
  }

  @Test
  void vramAutoscaledPool_someMayWaitForNodes() {
    PolicyFixture gated = gpuWorkers().vramGate(new VramGate.AutoscaledPool(2));
    Scenario workers = loaded(gated, 4);
    workers.room = new Room.Fits(0);
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
    workers.pendingReplicas = 2;
    Decision held = workers.wait(Duration.ofMinutes(10)).step();
    assertThat(held.desiredReplicas()).isEqualTo(6);
    assertThat(held.reason()).isEqualTo(Reason.WAITING_FOR_NODES);
  }

  @Test
  void quota_bindsRaising_andSaysSo() {
    Scenario workers = loaded(4);
    workers.quota = OptionalInt.of(5);
    Decision limited = workers.step();
    assertThat(limited.desiredReplicas()).isEqualTo(5);
    assertThat(limited.gate(Gate.MAXIMUM).reason()).isEqualTo(Reason.AT_QUOTA);
    assertThat(limited.isAtLimit()).isTrue();
    Decision held = workers.wait(Duration.ofMinutes(10)).step();
    assertThat(held.reason()).isEqualTo(Reason.AT_QUOTA);
    workers.quota = OptionalInt.of(3);
    assertThat(workers.step().reason()).isEqualTo(Reason.ABOVE_QUOTA);
  }

  @Test
  void degradeRule_forbidsAdding_andMarksTheDecision() {
    Rule outage =
        new Rule(
            "outage",
            new MetricRef.Query("errors", "upstream-errors"),
            upOnly(0.5, 1),
            1,
            1,
            Optional.empty(),
            Rule.Effect.DEGRADE_AND_FORBID_UP);
    PolicyFixture policy = gpuWorkers().rules(PolicyFixture.queueRule(), outage);
    Scenario workers = new Scenario(policy, 4).value("queue", 500).value("outage", 0.9);
    Decision held = workers.step();
    assertThat(held.reason()).isEqualTo(Reason.UP_FORBIDDEN);
    assertThat(held.isDegraded()).isTrue();
    assertThat(held.desiredReplicas()).isEqualTo(4);
    workers.value("outage", 0.1);
    Decision raised = workers.step();
    assertThat(raised.desiredReplicas()).isEqualTo(6);
    assertThat(raised.isDegraded()).isFalse();
  }

  @Test
  void ruleWithItsOwnCooldown_actsEarlierThanTheOthers() {
    Rule urgent =
        new Rule(
            "age",
            new MetricRef.Series("age", Map.of()),
            upOnly(60, 1),
            1,
            1,
            Optional.of(new Cooldown(Duration.ofMinutes(1), Duration.ofMinutes(20))),
            Rule.Effect.SCALE);
    Scenario workers =
        new Scenario(gpuWorkers().rules(PolicyFixture.queueRule(), urgent), 4)
            .value("queue", 500)
            .value("age", 61);
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
    assertThat(workers.run(Duration.ofSeconds(45)).desiredReplicas()).isEqualTo(6);
    assertThat(workers.step().desiredReplicas()).isEqualTo(7);
  }

  @Test
  void lowerBound_breachesUp_neverDown_upperBoundTheReverse() {
    Scenario low = new Scenario(gpuWorkers(), 4).value("cpu", 0);
    assertThat(low.value("queue", 500, Exactness.LOWER_BOUND).step().desiredReplicas())
        .isEqualTo(6);
    Scenario lower = new Scenario(gpuWorkers(), 4).value("cpu", 0);
    assertThat(lower.value("queue", 0, Exactness.LOWER_BOUND).step().action())
        .isEqualTo(Action.NONE);
    Scenario upper = new Scenario(gpuWorkers(), 4).value("cpu", 0);
    assertThat(upper.value("queue", 500, Exactness.UPPER_BOUND).step().action())
        .isEqualTo(Action.NONE);
    assertThat(upper.value("queue", 0, Exactness.UPPER_BOUND).step().desiredReplicas())
        .isEqualTo(3);
  }

  @Test
  void upThresholdByLessThan_lowerBoundProvesNothing() {
    Response free =
        new Response.Thresholds(
            Optional.of(new Threshold(Operator.LESS_THAN_OR_EQUAL, 10, fixed(1))),
            Optional.of(new Threshold(Operator.GREATER_THAN_OR_EQUAL, 90, fixed(1))));
    PolicyFixture policy = gpuWorkers().rules(rule("free", free, 1, 1));
    assertThat(new Scenario(policy, 4).value("free", 10).step().desiredReplicas()).isEqualTo(5);
    assertThat(
            new Scenario(policy, 4)
                .value("free", 5, Exactness.LOWER_BOUND)
                .step()
                .desiredReplicas())
        .isEqualTo(4);
    assertThat(
            new Scenario(policy, 4)
                .value("free", 95, Exactness.LOWER_BOUND)
                .step()
                .desiredReplicas())
        .isEqualTo(3);
  }

  @Test
  void proportional_oneReplicaForSoMuch_withItsOwnLargestSteps() {
    Response perTen = new Response.Proportional(10, OptionalInt.of(3), OptionalInt.of(2));
    PolicyFixture policy = gpuWorkers().rules(rule("load", perTen, 1, 1));
    assertThat(new Scenario(policy, 4).value("load", 41).step().desiredReplicas()).isEqualTo(5);
    assertThat(new Scenario(policy, 4).value("load", 500).step().desiredReplicas()).isEqualTo(7);
    assertThat(new Scenario(policy, 9).value("load", 30).step().desiredReplicas()).isEqualTo(7);
    assertThat(new Scenario(policy, 4).value("load", 40).step().action()).isEqualTo(Action.NONE);
    assertThat(new Scenario(policy, 4).value("load", 1e300).step().desiredReplicas()).isEqualTo(7);
  }

  @Test
  void proportional_down_theCalmestDataPointOfTheWindowCounts() {
    Response perTen = new Response.Proportional(10, UNSET, UNSET);
    Scenario workers =
        new Scenario(gpuWorkers().rules(rule("load", perTen, 3, 1)), 9).value("load", 70);
    assertThat(workers.step().desiredReplicas()).isEqualTo(7);
    workers.wait(Duration.ofMinutes(10)).value("load", 65).step();
    workers.value("load", 30);
    assertThat(workers.step().action()).isEqualTo(Action.NONE);
  }

  @Test
  void ladder_theFurtherTheLarger() {
    Step ladder =
        new Step.Ladder(
            true,
            List.of(
                new Step.Ladder.Rung(100, 2),
                new Step.Ladder.Rung(1000, 6),
                new Step.Ladder.Rung(400, 4)));
    PolicyFixture policy =
        gpuWorkers()
            .rates(Optional.empty(), Optional.empty())
            .rules(rule("queue", thresholds(100, ladder, 10, fixed(1)), 1, 1));
    assertThat(new Scenario(policy, 4).value("queue", 101).step().desiredReplicas()).isEqualTo(6);
    assertThat(new Scenario(policy, 4).value("queue", 400).step().desiredReplicas()).isEqualTo(8);
    assertThat(new Scenario(policy, 4).value("queue", 5000).step().desiredReplicas()).isEqualTo(10);
  }

  @Test
  void shadow_showsTheDecision_servesTheCurrentReplicas_remembersNone() {
    Scenario workers = new Scenario(gpuWorkers().shadow(), 4).value("queue", 500).value("cpu", 50);
    Decision decision = workers.step();
    assertThat(decision.desiredReplicas()).isEqualTo(6);
    assertThat(decision.served()).contains(4);
    assertThat(workers.state.actions().pending()).isEmpty();
  }

  private static Scenario loaded(int replicas, ScheduleWindow... windows) {
    return loaded(gpuWorkers().schedule(windows), replicas);
  }

  private static Scenario loaded(PolicyFixture fixture, int replicas) {
    return new Scenario(fixture, replicas).value("queue", 500).value("cpu", 50);
  }

  private static ScheduleWindow nightly(OptionalInt max, boolean immediate, boolean pause) {
    return new ScheduleWindow("night", noonForAnHour(), max, max, Map.of(), pause, immediate);
  }

  private static Recurrence noonForAnHour() {
    return new Recurrence(
        CronTimes.parse("0 12 * * *", ZoneId.of("UTC")),
        new Recurrence.End.After(Duration.ofHours(1)));
  }

  private static Optional<ManualOverride> order(Order order, Duration time) {
    return Optional.of(new ManualOverride(order, Scenario.START.plus(time)));
  }
}
