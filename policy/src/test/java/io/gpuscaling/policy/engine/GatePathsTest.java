package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.fixed;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.perMinute;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.thresholds;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.explain.Sentences;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.ManualOverride.Order;
import io.gpuscaling.policy.observe.Room;
import io.gpuscaling.policy.spec.VramGate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What every gate says on the ways that a decision can take. */
final class GatePathsTest {

  @Test
  void up_throughAllGates() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 140).value("cpu", 50);
    assertThat(gates(workers.step()))
        .containsExactly(
            "override passed",
            "minimum passed",
            "breaker passed",
            "maximum passed",
            "schedule passed",
            "rules passed: a rule asks for more",
            "degrade passed",
            "cooldown passed",
            "vram passed",
            "busyFloor not asked",
            "rate passed");
  }

  @Test
  void up_limitedByMaximumRoomAndRate() {
    PolicyFixture bold =
        gpuWorkers()
            .bounds(2, 20)
            .vramGate(new VramGate.FixedPool())
            .rates(perMinute(3), Optional.empty())
            .rules(rule("queue", thresholds(100, fixed(30), 10, fixed(1)), 1, 1));
    Scenario workers = new Scenario(bold, 4).value("queue", 140);
    workers.room = new Room.Fits(9);
    assertThat(gates(workers.step()))
        .contains(
            "maximum let 20 of 34 through: the maximum is reached",
            "vram let 13 of 20 through: no free GPU has room for one more",
            "rate let 7 of 13 through: as many as maxScalingRate allows have changed");
    workers.room = new Room.Fits(0);
    assertThat(gates(workers.wait(Duration.ofMinutes(10)).step()))
        .contains("vram closed: no free GPU has room for one more", "rate not asked");
  }

  @Test
  void up_inCooldown() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 140).value("cpu", 50);
    workers.step();
    assertThat(gates(workers.step()))
        .contains(
            "degrade passed",
            "cooldown closed: the last action is too near, 4m45s left",
            "maximum not asked",
            "breaker not asked");
  }

  @Test
  void down_throughAllGates() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 0).value("cpu", 0);
    workers.busy = new BusyWorkers.Known(1);
    assertThat(gates(workers.step()))
        .containsExactly(
            "override passed",
            "minimum passed",
            "breaker passed",
            "maximum not asked",
            "schedule passed",
            "rules passed: every rule agrees to fewer",
            "degrade not asked",
            "cooldown passed",
            "vram not asked",
            "busyFloor passed",
            "rate passed");
  }

  @Test
  void down_limitedByMinimumBusyAndRate_thenTheRest() {
    PolicyFixture bold =
        gpuWorkers()
            .bounds(2, 20)
            .rates(Optional.empty(), perMinute(2))
            .rules(rule("queue", thresholds(100, fixed(1), 10, fixed(30)), 1, 1));
    Scenario workers = new Scenario(bold, 12).value("queue", 0);
    workers.busy = new BusyWorkers.Known(7);
    assertThat(gates(workers.step()))
        .contains(
            "minimum let 2 of 0 through: the minimum is reached",
            "busyFloor let 7 of 2 through: workers are busy",
            "rate let 10 of 7 through: as many as maxScalingRate allows have changed");
    assertThat(gates(workers.step()))
        .contains(
            "cooldown passed: the rest of a step that the rate had cut",
            "rate closed: as many as maxScalingRate allows have changed, 45s left");
    workers.busy = new BusyWorkers.Known(12);
    assertThat(gates(workers.step())).contains("busyFloor closed: workers are busy");
  }

  @Test
  void down_atTheMinimum_orInCooldown() {
    Scenario few = new Scenario(gpuWorkers(), 2).value("queue", 0).value("cpu", 0);
    assertThat(gates(few.step()))
        .contains("minimum closed: the minimum is reached", "cooldown not asked");
    Scenario workers = new Scenario(gpuWorkers(), 6).value("queue", 0).value("cpu", 0);
    workers.step();
    assertThat(gates(workers.step()))
        .contains("cooldown closed: the last action is too near, 9m45s left");
  }

  @Test
  void overrides_sayHowLongTheyLast() {
    Scenario workers = new Scenario(gpuWorkers(), 4).value("queue", 140).value("cpu", 50);
    workers.override = until(new Order.Pause());
    assertThat(gates(workers.step())).contains("override: paused by hand, 1h0m0s left");
    workers.override = until(new Order.PauseAt(9));
    assertThat(gates(workers.step())).contains("override: set by hand, 59m45s left");
    workers.override = until(new Order.HoldUp());
    assertThat(gates(workers.step()))
        .contains("override: adding is held by hand, 59m30s left", "minimum passed");
    workers.override = until(new Order.HoldDown());
    assertThat(gates(workers.step())).contains("override: removing is held by hand, 59m15s left");
  }

  @Test
  void minimumMaximumAndBreaker_decideByThemselves() {
    Scenario few = new Scenario(gpuWorkers(), 1).value("queue", 50).value("cpu", 50);
    assertThat(gates(few.step())).contains("minimum: below the minimum", "rules not asked");
    Scenario many = new Scenario(gpuWorkers(), 60).value("queue", 50).value("cpu", 50);
    assertThat(gates(many.step()))
        .contains(
            "maximum: above the maximum",
            "busyFloor passed",
            "rate let 55 of 50 through: as many as maxScalingRate allows have changed");
    many.quota = OptionalInt.of(40);
    assertThat(gates(many.wait(Duration.ofMinutes(5)).step()))
        .contains("maximum: above what the GPU pool grants");
    Scenario nervous =
        new Scenario(gpuWorkers().cooldown(0, 0).breaker(1, 1), 4)
            .value("queue", 140)
            .value("cpu", 50);
    nervous.step();
    assertThat(gates(nervous.step()))
        .contains(
            "breaker closed: paused: more actions in an hour than runawayProtection allows,"
                + " 30m0s left");
  }

  @Test
  void rateThatWasUsedUpInParts_opensWithTheOldestPart() {
    PolicyFixture small =
        gpuWorkers()
            .cooldown(0, 0)
            .rates(perMinute(4), Optional.empty())
            .rules(rule("queue", thresholds(100, fixed(2), 10, fixed(1)), 1, 1));
    Scenario workers = new Scenario(small, 4).value("queue", 140);
    workers.steps(2);
    assertThat(workers.step().gate(Gate.RATE).left()).contains(Duration.ofSeconds(30));
  }

  private static Optional<ManualOverride> until(Order order) {
    return Optional.of(new ManualOverride(order, Scenario.START.plus(Duration.ofHours(1))));
  }

  private static List<String> gates(Decision decision) {
    return decision.gates().stream().map(Sentences::of).toList();
  }
}
