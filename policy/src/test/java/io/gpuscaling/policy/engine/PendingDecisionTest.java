package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.fixed;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.thresholds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.state.Change;
import io.gpuscaling.policy.state.EngineState;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** A decision is state: it stays until the target has followed, or something takes it back. */
final class PendingDecisionTest {

  private static final Response PROPORTIONAL =
      new Response.Proportional(10, OptionalInt.empty(), OptionalInt.empty());

  @Test
  void targetDoesNotFollow_decisionStays_thoughTheBreachIsOver() {
    Scenario workers = notFollowing(gpuWorkers(), 4).value("queue", 101).value("cpu", 50);
    workers.step();
    workers.value("queue", 50);
    Decision decision = workers.steps(4);
    assertThat(decision.desiredReplicas()).isEqualTo(6);
    assertThat(decision.reason()).isEqualTo(Reason.WAITING_FOR_TARGET);
    assertThat(decision.phase()).isEqualTo(Phase.SCALING_UP);
  }

  @Test
  void targetFollows_cooldownBeginsWhenItIsSeen() {
    Scenario workers = notFollowing(gpuWorkers(), 4).value("queue", 101).value("cpu", 50);
    workers.steps(5);
    workers.replicas(6).step(); // seen 75 s after the decision
    assertThat(workers.state.actions().changes())
        .containsExactly(new Change(Scenario.START.plusSeconds(75), 4, 6, false));
    assertThat(workers.events).hasOnlyElementsOfType(TargetEvent.Reached.class);
    assertThat(workers.run(Duration.ofSeconds(285)).action()).isEqualTo(Action.NONE);
    assertThat(workers.step().desiredReplicas()).isEqualTo(8);
  }

  @Test
  void deadlinePasses_decisionFailed_andIsTakenAnew() {
    Scenario workers = notFollowing(gpuWorkers(), 4).value("queue", 101).value("cpu", 50);
    workers.run(Duration.ofMinutes(5));
    assertThat(workers.events).isEmpty();
    workers.step();
    assertThat(workers.events).hasOnlyElementsOfType(TargetEvent.NotReached.class);
    assertThat(workers.state.actions().pending().orElseThrow().decidedAt())
        .isEqualTo(Scenario.START.plus(Duration.ofMinutes(5)));
  }

  @Test
  void somebodyElseChangesReplicas_decisionIsVoid() {
    Scenario workers = notFollowing(gpuWorkers(), 4).value("queue", 101).value("cpu", 50);
    workers.step();
    workers.value("queue", 50).step();
    Decision decision = workers.replicas(9).step();
    assertThat(decision.action()).isEqualTo(Action.NONE);
    assertThat(workers.events).hasOnlyElementsOfType(TargetEvent.ChangedByOther.class);
    assertThat(workers.state.actions().changes()).isEmpty();
  }

  @Test
  void targetComesHalfWay_oneAction_decisionStays() {
    PolicyFixture eager =
        gpuWorkers().rules(rule("queue", thresholds(100, fixed(4), 10, fixed(1)), 2, 1));
    Scenario workers = notFollowing(eager, 4).value("queue", 101);
    workers.step();
    Decision half = workers.replicas(6).step();
    assertThat(half.desiredReplicas()).isEqualTo(8);
    workers.replicas(8).value("queue", 50).step();
    assertThat(workers.state.actions().changes())
        .extracting(Change::from, Change::to, Change::continues)
        .containsExactly(tuple(4, 6, false), tuple(6, 8, true));
    assertThat(workers.state.actions().pending()).isEmpty();
  }

  @Test
  void largerProposal_replacesTheDecision_smallerDoesNot() {
    Scenario workers =
        notFollowing(gpuWorkers().rates(none(), none()).rules(rule("load", PROPORTIONAL, 1, 1)), 4)
            .value("load", 60);
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
    assertThat(workers.value("load", 90).step().desiredReplicas()).isEqualTo(9);
    assertThat(workers.value("load", 70).step().desiredReplicas()).isEqualTo(9);
    assertThat(workers.value("load", 40).step().desiredReplicas()).isEqualTo(9);
  }

  @Test
  void opposite_replacesTheDecision() {
    Scenario workers = notFollowing(gpuWorkers(), 4).value("queue", 0).value("cpu", 0);
    assertThat(workers.step().desiredReplicas()).isEqualTo(3);
    assertThat(workers.value("queue", 101).step().desiredReplicas()).isEqualTo(6);
    assertThat(workers.state.actions().pending().orElseThrow().isUp()).isTrue();
  }

  @Test
  void pauseByOverride_withdrawsTheDecision() {
    Scenario workers = notFollowing(gpuWorkers(), 4).value("queue", 101).value("cpu", 50);
    workers.step();
    workers.override = pause(new ManualOverride.Order.Pause());
    assertThat(workers.step().desiredReplicas()).isEqualTo(4);
    assertThat(workers.state.actions().pending()).isEmpty();
  }

  @Test
  void holdUp_withdrawsADecisionUp_holdDownOneDown() {
    Scenario up = notFollowing(gpuWorkers(), 4).value("queue", 101).value("cpu", 50);
    up.step();
    up.override = pause(new ManualOverride.Order.HoldUp());
    Decision held = up.step();
    assertThat(held.desiredReplicas()).isEqualTo(4);
    assertThat(held.reason()).isEqualTo(Reason.UP_HELD_BY_OVERRIDE);
    Scenario down = notFollowing(gpuWorkers(), 4).value("queue", 0).value("cpu", 0);
    down.step();
    down.override = pause(new ManualOverride.Order.HoldDown());
    assertThat(down.step().desiredReplicas()).isEqualTo(4);
  }

  @Test
  void workersBecomeBusy_decisionDownIsTakenBack() {
    Scenario workers = notFollowing(gpuWorkers(), 4).value("queue", 0).value("cpu", 0);
    workers.busy = new BusyWorkers.Known(0);
    assertThat(workers.step().desiredReplicas()).isEqualTo(3);
    workers.busy = new BusyWorkers.Known(4);
    Decision held = workers.step();
    assertThat(held.desiredReplicas()).isEqualTo(4);
    assertThat(held.reason()).isEqualTo(Reason.WORKERS_BUSY);
    assertThat(workers.state.actions().pending()).isEmpty();
  }

  @Test
  void quotaShrinks_decisionUpIsCut() {
    Scenario workers = notFollowing(gpuWorkers(), 4).value("queue", 101).value("cpu", 50);
    workers.step();
    workers.quota = OptionalInt.of(5);
    workers.value("queue", 50).step();
    assertThat(workers.step().desiredReplicas()).isEqualTo(5);
    workers.quota = OptionalInt.of(4);
    assertThat(workers.step().desiredReplicas()).isEqualTo(4);
  }

  @Test
  void readBackFromStatus_waitsAsBefore() {
    Scenario workers = notFollowing(gpuWorkers(), 4).value("queue", 101).value("cpu", 50);
    workers.step();
    workers.state = EngineState.ofActions(workers.state.actions());
    workers.value("queue", 50);
    assertThat(workers.step().desiredReplicas()).isEqualTo(6);
  }

  private static Scenario notFollowing(PolicyFixture fixture, int replicas) {
    Scenario scenario = new Scenario(fixture, replicas);
    scenario.isFollowing = false;
    return scenario;
  }

  private static Optional<ManualOverride> pause(ManualOverride.Order order) {
    return Optional.of(new ManualOverride(order, Scenario.START.plus(Duration.ofHours(24))));
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }
}
