package io.gpuscaling.kubernetes.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.ManualOverride.Order;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.observe.Room;
import io.gpuscaling.policy.schedule.Schedule;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.DataPoint;
import io.gpuscaling.policy.state.EngineState;
import io.gpuscaling.policy.state.RuleWindow;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What an evaluation was made of, written and read. */
class EvaluationInputsTest {

  private static final Instant NOW = Instant.parse("2026-11-25T03:12:00.123456789Z");

  private static EvaluationInputs inputs(
      BusyWorkers busy, Room room, Optional<ManualOverride> override) {
    return new EvaluationInputs(
        new Observations(
            Map.of(
                "queue",
                new Observation.Sampled(NOW, 0.1, Exactness.LOWER_BOUND, "rabbitmq/default"),
                "cpu",
                new Observation.Missing("nobody says")),
            4,
            1,
            busy,
            room,
            override.isPresent() ? OptionalInt.of(9) : OptionalInt.empty(),
            override,
            override.map(ManualOverride::until)),
        new EngineState(
            Map.of(
                "queue",
                new RuleWindow(
                    List.of(
                        Optional.of(new DataPoint(NOW, 0.1, Exactness.EXACT)), Optional.empty()),
                    NOW),
                "cpu",
                RuleWindow.EMPTY),
            Schedule.Active.NONE,
            override.isPresent() ? NOW.minusSeconds(15) : Instant.MIN,
            Actions.NONE),
        NOW);
  }

  @Test
  void whatIsWritten_isReadBackEqual() {
    for (EvaluationInputs inputs :
        List.of(
            inputs(new BusyWorkers.Untracked(), new Room.Fits(3), Optional.empty()),
            inputs(new BusyWorkers.Known(2), new Room.Unknown("not asked"), Optional.empty()),
            inputs(new BusyWorkers.Unknown("silent"), new Room.Fits(0), order(new Order.Pause())),
            inputs(new BusyWorkers.Known(0), new Room.Fits(0), order(new Order.PauseAt(5))),
            inputs(new BusyWorkers.Known(0), new Room.Fits(0), order(new Order.HoldUp())),
            inputs(new BusyWorkers.Known(0), new Room.Fits(0), order(new Order.HoldDown())))) {
      assertThat(EvaluationInputs.read(inputs.tree())).isEqualTo(new Read.Valid<>(inputs));
    }
  }

  private static Optional<ManualOverride> order(Order order) {
    return Optional.of(new ManualOverride(order, NOW.plusSeconds(60)));
  }

  @Test
  void whatCannotBeUnderstood_isNamed() {
    Map<String, Object> tree =
        new HashMap<>(
            inputs(new BusyWorkers.Known(1), new Room.Fits(1), order(new Order.Pause())).tree());
    tree.put("time", "soon");
    tree.put("currentReplicas", -1);
    tree.put("observations", List.of(Map.of("rule", "queue", "value", "many")));
    tree.put("windows", "none");
    tree.put("override", Map.of("order", "stop"));
    tree.put("actions", 3);
    tree.put("busy", 3);

    Read<EvaluationInputs> read = EvaluationInputs.read(tree);

    assertThat(read).isInstanceOf(Read.Invalid.class);
    assertThat(((Read.Invalid<EvaluationInputs>) read).problems())
        .extracting(Problem::path)
        .contains(
            "inputs.time",
            "inputs.currentReplicas",
            "inputs.observations.value",
            "inputs.windows",
            "inputs.override",
            "inputs.busy",
            "status.actions");
    assertThat(EvaluationInputs.read("nothing")).isInstanceOf(Read.Invalid.class);
  }
}
