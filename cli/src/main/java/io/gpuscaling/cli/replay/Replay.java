package io.gpuscaling.cli.replay;

import io.gpuscaling.cli.replay.ObservationTable.Row;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.Engine;
import io.gpuscaling.policy.engine.Evaluation;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.state.EngineState;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Evaluates a policy once for each row; the replicas follow each decision at once. The smallest
 * time between two rows takes the place of the policy's evaluation interval, so that rows that were
 * left out of a regular series are evaluations without data points.
 */
public final class Replay {

  private static final Observation EMPTY_CELL = new Observation.Missing("empty cell");
  private static final Observation NO_COLUMN = new Observation.Missing("no column");

  private Replay() {}

  /**
   * Runs.
   *
   * @param replicas before the first row
   * @param seen gets each row with its decision, in their order
   */
  public static void run(
      Policy written, ObservationTable table, int replicas, BiConsumer<Row, Decision> seen) {
    Policy policy =
        written.withEvaluationInterval(table.interval().orElse(written.evaluationInterval()));
    EngineState state = EngineState.EMPTY;
    int current = replicas;
    for (Row row : table.rows()) {
      Evaluation evaluation =
          Engine.evaluate(
              policy,
              Observations.of(observations(policy, table, row), current),
              state,
              row.time());
      current = evaluation.decision().served().orElse(current);
      state = Engine.follow(policy, current, evaluation.state(), row.time());
      seen.accept(row, evaluation.decision());
    }
  }

  private static Map<String, Observation> observations(
      Policy policy, ObservationTable table, Row row) {
    Map<String, Observation> observations = HashMap.newHashMap(policy.rules().size());
    for (Rule rule : policy.rules()) {
      String metric = rule.metric().name();
      Double value = row.values().get(metric);
      Observation missing = table.columns().contains(metric) ? EMPTY_CELL : NO_COLUMN;
      observations.put(
          rule.name(),
          value == null
              ? missing
              : new Observation.Sampled(row.time(), value, Exactness.EXACT, "line " + row.line()));
    }
    return observations;
  }
}
