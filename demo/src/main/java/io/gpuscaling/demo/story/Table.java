package io.gpuscaling.demo.story;

import io.gpuscaling.demo.api.ApiAnswer;
import io.gpuscaling.policy.hpa.MetricReading;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The rows of the demo: at most 80 columns of ASCII, for a terminal and a log alike. Pure. */
public final class Table {

  /** Shown where there is no value: never a 0. */
  static final String UNKNOWN = "?";

  private static final long MILLI = 1_000;
  private static final double BYTES_PER_GIB = 1L << 30;

  private final List<String> nodes;

  /** A table for these nodes. */
  public Table(List<String> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /** The two lines above the rows. */
  public String head() {
    String short_ =
        nodes.stream()
            .map(node -> node.substring(node.lastIndexOf('-') + 1))
            .collect(Collectors.joining(" + "));
    return line("", "world:", "tasks running", "API:", "busy", "tasks on node", "VRAM", "policy:")
        + "\n"
        + line("time", "queue", short_, "ready", "pods", short_, "GiB", "workers")
        + "\n"
        + "------+---------------------+------------------------------------+-------------";
  }

  /**
   * One row.
   *
   * @param workers what the policy makes of it
   */
  public String row(Observation seen, String workers) {
    return line(
        seen.seconds() + "s",
        Integer.toString(seen.queue().ready()),
        sum(seen.tasks().stream().map(String::valueOf).toList()),
        whole(seen.ready()),
        whole(seen.busy()),
        sum(nodes.stream().map(node -> onNode(seen.tasksPerNode(), node)).toList()),
        gibibytes(seen.vram()),
        workers);
  }

  private static String line(Object... columns) {
    return String.format(Locale.ROOT, "%5s |%6s %13s |%6s %5s %13s %7s | %s", columns)
        .stripTrailing();
  }

  private static String sum(List<String> parts) {
    return parts.stream()
        .map(part -> String.format(Locale.ROOT, "%1s", part))
        .collect(Collectors.joining(" + "));
  }

  private static String whole(ApiAnswer answer) {
    return switch (answer.reading()) {
      case MetricReading.Read(long milli) -> Long.toString(milli / MILLI);
      case MetricReading.Missing _ -> UNKNOWN;
    };
  }

  private static String onNode(ApiAnswer answer, String node) {
    OptionalLong milli = answer.sumOf("node", node);
    return milli.isPresent() ? Long.toString(milli.getAsLong() / MILLI) : UNKNOWN;
  }

  private static String gibibytes(ApiAnswer answer) {
    return switch (answer.reading()) {
      case MetricReading.Read(long milli) ->
          String.format(Locale.ROOT, "%.1f", (double) milli / MILLI / BYTES_PER_GIB);
      case MetricReading.Missing _ -> UNKNOWN;
    };
  }
}
