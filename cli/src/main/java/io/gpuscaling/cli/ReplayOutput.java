package io.gpuscaling.cli;

import io.gpuscaling.cli.replay.ObservationTable.Row;
import io.gpuscaling.kubernetes.policy.DecisionTree;
import io.gpuscaling.policy.engine.Action;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.explain.Sentences;
import java.io.PrintWriter;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Prints decisions. For one replay. */
sealed interface ReplayOutput {

  /** Before the first. */
  void begin();

  /** One more. */
  void row(Row row, Decision decision);

  /** After the last. */
  void end();

  /** One JSON object on a line for each evaluation. */
  record Json(PrintWriter out, JsonMapper mapper) implements ReplayOutput {

    Json(PrintWriter out) {
      this(out, JsonMapper.builder().build());
    }

    @Override
    public void begin() {
      // JSON lines have no heading.
    }

    @Override
    public void row(Row row, Decision decision) {
      Map<String, Object> tree = DecisionTree.of(decision);
      tree.put("time", row.writtenTime());
      out.print(mapper.writeValueAsString(tree));
      out.print('\n');
    }

    @Override
    public void end() {
      // Nor an end.
    }
  }

  /** A table for people: one line for each evaluation, and a sum. */
  final class Table implements ReplayOutput {

    private static final String FORM = "%-25s %8s %8s %-6s %-12s %s%n";

    private final PrintWriter out;
    private int evaluations;
    private int ups;
    private int downs;

    Table(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void begin() {
      out.printf(FORM, "TIME", "CURRENT", "DESIRED", "ACTION", "PHASE", "WHY");
    }

    @Override
    public void row(Row row, Decision decision) {
      evaluations++;
      ups += decision.action() == Action.UP ? 1 : 0;
      downs += decision.action() == Action.DOWN ? 1 : 0;
      out.printf(
          FORM,
          row.writtenTime(),
          decision.currentReplicas(),
          decision.desiredReplicas(),
          decision.action().word(),
          decision.phase().word(),
          Sentences.of(decision));
    }

    @Override
    public void end() {
      out.printf("%d evaluations: %d up, %d down%n", evaluations, ups, downs);
    }
  }
}
