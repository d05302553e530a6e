package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.fixed;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.perMinute;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.thresholds;
import static io.gpuscaling.policy.engine.PolicyFixture.upOnly;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.spec.Rates.Rate;
import io.gpuscaling.policy.spec.Step;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** One test for each sentence of the specification that names a figure. */
final class SpecifiedFiguresTest {

  @Test
  void queueAbove100_addsTwo() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 101).value("cpu", 50);
    Decision decision = workers.step();
    assertThat(decision.desiredReplicas()).isEqualTo(6);
    assertThat(decision.phase()).isEqualTo(Phase.SCALING_UP);
    assertThat(decision.reason()).isEqualTo(Reason.RULE_BREACHED);
    assertThat(decision.rule()).contains("queue");
  }

  @Test
  void queueAt100_isNotGreater_changesNothing() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 100).value("cpu", 50);
    assertThat(workers.step().action()).isEqualTo(Action.NONE);
  }

  @Test
  void queueBetween10And100_deadBand_changesNothing() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 10).value("cpu", 20);
    Decision decision = workers.steps(10);
    assertThat(decision.action()).isEqualTo(Action.NONE);
    assertThat(decision.reason()).isEqualTo(Reason.WITHIN_BAND);
    assertThat(decision.phase()).isEqualTo(Phase.STEADY);
  }

  @Test
  void queueBelow10AndCpuBelow25_removesOne() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 9).value("cpu", 24);
    Decision decision = workers.step();
    assertThat(decision.desiredReplicas()).isEqualTo(3);
    assertThat(decision.reason()).isEqualTo(Reason.RULES_AGREE);
  }

  @Test
  void queueBelow10_cpuAbove25_oneRuleDisagrees_removesNothing() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 0).value("cpu", 30);
    assertThat(workers.steps(3).action()).isEqualTo(Action.NONE);
  }

  @Test
  void cpuAbove75_addsOne() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 0).value("cpu", 76);
    Decision decision = workers.step();
    assertThat(decision.desiredReplicas()).isEqualTo(5);
    assertThat(decision.rule()).contains("cpu");
  }

  @Test
  void bothBreached_largestStepWins() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 500).value("cpu", 99);
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
  }

  @Test
  void cooldownUp300Seconds_nextActionAfterExactly300() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 500).value("cpu", 50);
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
    Decision held = workers.run(Duration.ofSeconds(285));
    assertThat(held.desiredReplicas()).isEqualTo(6);
    assertThat(held.phase()).isEqualTo(Phase.HELD);
    assertThat(held.gate(Gate.COOLDOWN).left()).contains(Duration.ofSeconds(15));
    assertThat(workers.step().desiredReplicas()).isEqualTo(8);
  }

  @Test
  void cooldownDown600Seconds_afterActionOfEitherKind() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 500).value("cpu", 20);
    workers.step();
    workers.value("queue", 0);
    Decision held = workers.run(Duration.ofSeconds(585));
    assertThat(held.desiredReplicas()).isEqualTo(6);
    assertThat(held.reason()).isEqualTo(Reason.COOLING_DOWN);
    assertThat(workers.step().desiredReplicas()).isEqualTo(5);
    assertThat(workers.run(Duration.ofSeconds(585)).desiredReplicas()).isEqualTo(5);
    assertThat(workers.step().desiredReplicas()).isEqualTo(4);
  }

  @Test
  void cooldownUp_isNotStartedByActionDown() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 0).value("cpu", 0);
    assertThat(workers.step().desiredReplicas()).isEqualTo(3);
    workers.value("queue", 101);
    assertThat(workers.step().desiredReplicas()).isEqualTo(5);
  }

  @Test
  void dataPoints1Of2_breachStaysForOneMoreEvaluation() {
    Scenario workers =
        new Scenario(gpuWorkers().cooldown(0, 600), 4).value("queue", 101).value("cpu", 50);
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
    workers.value("queue", 50);
    assertThat(workers.step().desiredReplicas()).isEqualTo(8);
    assertThat(workers.step().action()).isEqualTo(Action.NONE);
  }

  @Test
  void webServers70_dataPoints2Of3_oneBreachIsNotEnough() {
    PolicyFixture web =
        gpuWorkers().bounds(3, 20).rules(rule("cpu", thresholds(70, fixed(1), 30, fixed(1)), 3, 2));
    Scenario servers = new Scenario(web, 5).value("cpu", 71);
    assertThat(servers.step().action()).isEqualTo(Action.NONE);
    servers.value("cpu", 69);
    assertThat(servers.step().action()).isEqualTo(Action.NONE);
    servers.value("cpu", 71);
    assertThat(servers.step().desiredReplicas()).isEqualTo(6);
  }

  @Test
  void webServers_dataPoints2Of3_missingPointNeitherBreachesNorClears() {
    PolicyFixture web =
        gpuWorkers().bounds(3, 20).rules(rule("cpu", thresholds(70, fixed(1), 30, fixed(1)), 3, 2));
    Scenario servers = new Scenario(web, 5).value("cpu", 71);
    servers.step();
    servers.missing("cpu").step();
    servers.value("cpu", 71);
    assertThat(servers.step().desiredReplicas()).isEqualTo(6);
  }

  @Test
  void memory80And40_addsAndAgrees() {
    PolicyFixture workers =
        gpuWorkers().rules(rule("memory", thresholds(80, fixed(2), 40, fixed(1)), 2, 1));
    assertThat(new Scenario(workers, 4).value("memory", 81).step().desiredReplicas()).isEqualTo(6);
    assertThat(new Scenario(workers, 4).value("memory", 39).step().desiredReplicas()).isEqualTo(3);
    assertThat(new Scenario(workers, 4).value("memory", 60).step().desiredReplicas()).isEqualTo(4);
  }

  @Test
  void age60Seconds_ruleWithoutDownThreshold_raisesButNeverForbidsLowering() {
    PolicyFixture workers =
        gpuWorkers().rules(PolicyFixture.queueRule(), rule("age", upOnly(60, 2), 2, 1));
    assertThat(new Scenario(workers, 4).value("queue", 50).value("age", 61).step())
        .satisfies(it -> assertThat(it.desiredReplicas()).isEqualTo(6));
    assertThat(new Scenario(workers, 4).value("queue", 5).value("age", 30).step())
        .satisfies(it -> assertThat(it.desiredReplicas()).isEqualTo(3));
    assertThat(new Scenario(workers, 4).value("queue", 5).missing("age").step())
        .satisfies(it -> assertThat(it.desiredReplicas()).isEqualTo(3));
  }

  @Test
  void activeTasks5And1_perWorkerNode() {
    PolicyFixture workers =
        gpuWorkers().rules(rule("tasks", thresholds(5, fixed(2), 1, fixed(1)), 1, 1));
    assertThat(new Scenario(workers, 4).value("tasks", 5.5).step().desiredReplicas()).isEqualTo(6);
    assertThat(new Scenario(workers, 4).value("tasks", 0.5).step().desiredReplicas()).isEqualTo(3);
  }

  @Test
  void p95Above500Milliseconds_orP99Above1000_addsOne() {
    PolicyFixture web =
        gpuWorkers().rules(rule("p95", upOnly(0.5, 1), 1, 1), rule("p99", upOnly(1, 1), 1, 1));
    assertThat(new Scenario(web, 4).value("p95", 0.501).value("p99", 0.9).step())
        .satisfies(it -> assertThat(it.desiredReplicas()).isEqualTo(5));
    assertThat(new Scenario(web, 4).value("p95", 0.4).value("p99", 1.001).step())
        .satisfies(it -> assertThat(it.desiredReplicas()).isEqualTo(5));
    assertThat(new Scenario(web, 4).value("p95", 0.4).value("p99", 0.9).step().action())
        .isEqualTo(Action.NONE);
  }

  @Test
  void max50_neverBeyond() {
    Scenario workers = new Scenario(gpuWorkers(), 49).value("queue", 500).value("cpu", 50);
    Decision decision = workers.step();
    assertThat(decision.desiredReplicas()).isEqualTo(50);
    assertThat(decision.isAtLimit()).isTrue();
    assertThat(decision.gate(Gate.MAXIMUM).verdict()).isEqualTo(GateOutcome.Verdict.LIMITED);
    Decision held = workers.wait(Duration.ofMinutes(10)).step();
    assertThat(held.reason()).isEqualTo(Reason.AT_MAXIMUM);
    assertThat(held.phase()).isEqualTo(Phase.HELD);
  }

  @Test
  void min2_neverBelow() {
    Scenario workers = new Scenario(gpuWorkers(), 2).value("queue", 0).value("cpu", 0);
    Decision decision = workers.step();
    assertThat(decision.desiredReplicas()).isEqualTo(2);
    assertThat(decision.reason()).isEqualTo(Reason.AT_MINIMUM);
  }

  @Test
  void belowMin2_raisedAtOnce_whateverTheCooldown() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 500).value("cpu", 50);
    workers.step();
    workers.replicas(1);
    Decision decision = workers.step();
    assertThat(decision.desiredReplicas()).isEqualTo(2);
    assertThat(decision.reason()).isEqualTo(Reason.BELOW_MINIMUM);
  }

  @Test
  void rate5PodsPerMinute_restOfStepWaits() {
    PolicyFixture eager =
        gpuWorkers().rules(rule("queue", thresholds(100, fixed(8), 10, fixed(1)), 2, 1));
    Scenario workers = new Scenario(eager, 4).value("queue", 500);
    Decision first = workers.step();
    assertThat(first.desiredReplicas()).isEqualTo(9);
    assertThat(first.gate(Gate.RATE).verdict()).isEqualTo(GateOutcome.Verdict.LIMITED);
    Decision waiting = workers.run(Duration.ofSeconds(45));
    assertThat(waiting.desiredReplicas()).isEqualTo(9);
    assertThat(waiting.reason()).isEqualTo(Reason.RATE_LIMITED);
    assertThat(waiting.gate(Gate.RATE).left()).contains(Duration.ofSeconds(15));
    Decision rest = workers.step();
    assertThat(rest.desiredReplicas()).isEqualTo(12);
    assertThat(rest.gate(Gate.COOLDOWN).reason()).isEqualTo(Reason.REST_OF_STEP);
    assertThat(workers.run(Duration.ofSeconds(285)).desiredReplicas()).isEqualTo(12);
  }

  @Test
  void rate2PodsPerMinute_down() {
    PolicyFixture web =
        gpuWorkers()
            .bounds(3, 20)
            .rules(rule("cpu", thresholds(70, fixed(1), 30, fixed(5)), 1, 1))
            .rates(perMinute(2), perMinute(2));
    Scenario servers = new Scenario(web, 12).value("cpu", 10);
    assertThat(servers.step().desiredReplicas()).isEqualTo(10);
    assertThat(servers.run(Duration.ofSeconds(45)).desiredReplicas()).isEqualTo(10);
    assertThat(servers.step().desiredReplicas()).isEqualTo(8);
    assertThat(servers.run(Duration.ofMinutes(1)).desiredReplicas()).isEqualTo(7);
    assertThat(servers.run(Duration.ofSeconds(585)).desiredReplicas()).isEqualTo(7);
  }

  @Test
  void stepTypePercentage_ofCurrentReplicas_roundedUp_atLeastOne() {
    PolicyFixture web =
        gpuWorkers()
            .rules(
                rule(
                    "cpu",
                    thresholds(70, new Step.Percentage(10), 30, new Step.Percentage(1)),
                    1,
                    1));
    assertThat(new Scenario(web, 4).value("cpu", 90).step().desiredReplicas()).isEqualTo(5);
    assertThat(new Scenario(web, 11).value("cpu", 90).step().desiredReplicas()).isEqualTo(13);
    assertThat(new Scenario(web, 40).value("cpu", 10).step().desiredReplicas()).isEqualTo(39);
  }

  @Test
  void runaway_oneActionMoreThanAllowedInAnHour_pausesAndAlerts() {
    PolicyFixture eager = gpuWorkers().cooldown(0, 0).breaker(4, 6).rates(none(), none());
    Scenario workers = new Scenario(eager, 10).value("queue", 500).value("cpu", 50);
    assertThat(workers.steps(4).desiredReplicas()).isEqualTo(18);
    Decision paused = workers.step();
    assertThat(paused.desiredReplicas()).isEqualTo(18);
    assertThat(paused.phase()).isEqualTo(Phase.PAUSED);
    assertThat(paused.reason()).isEqualTo(Reason.TOO_MANY_ACTIONS);
    assertThat(workers.events).hasAtLeastOneElementOfType(TargetEvent.Tripped.class);
    assertThat(workers.run(Duration.ofMinutes(29)).desiredReplicas()).isEqualTo(18);
    workers.run(Duration.ofMinutes(1));
    assertThat(workers.step().desiredReplicas()).isGreaterThan(18);
    assertThat(workers.events).hasAtLeastOneElementOfType(TargetEvent.Resumed.class);
  }

  @Test
  void runaway_tooManyDirectionChanges_pauses() {
    PolicyFixture eager = gpuWorkers().cooldown(0, 0).breaker(12, 2).rates(none(), none());
    Scenario workers = new Scenario(eager, 10).value("cpu", 20);
    double[] flapping = {500, 500, 0, 0, 0, 500, 0};
    for (double queue : flapping) {
      workers.value("queue", queue).step();
    }
    Decision paused = workers.value("queue", 0).step();
    assertThat(paused.reason()).isEqualTo(Reason.TOO_MANY_DIRECTION_CHANGES);
  }

  private static Optional<Rate> none() {
    return Optional.empty();
  }
}
