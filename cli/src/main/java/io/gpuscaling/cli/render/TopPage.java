package io.gpuscaling.cli.render;

import io.gpuscaling.cli.render.Page.Cell;
import io.gpuscaling.cli.render.Page.Tone;
import io.gpuscaling.policy.hpa.MilliQuantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;

/** Draws nodes with their GPUs and tasks, and queues, by the answers of the metrics APIs. */
final class TopPage {

  /** Of what is missing; the others are counted. */
  private static final int MAX_LINES = 20;

  private static final long MILLI_GIBIBYTE = 1000L << 30;

  private static final List<String> OF_NODES =
      List.of(
          "gpu_count",
          "active_gpu_processing_tasks_per_worker_node",
          "gpu_vram_used_bytes",
          "gpu_vram_total_bytes");
  private static final List<String> OF_QUEUES =
      List.of(
          "rabbitmq_queue_messages_ready",
          "rabbitmq_queue_messages_unacked",
          "rabbitmq_queue_consumers");

  private final Page page;

  TopPage(Page page) {
    this.page = page;
  }

  /** What is known of a node or a queue: values by metric, and metrics that ought to be known. */
  private record Row(Map<String, Long> values, Set<String> missing) {
    Row() {
      this(new TreeMap<>(), new TreeSet<>());
    }
  }

  void draw(List<Question> questions) {
    Map<String, Row> nodes = new TreeMap<>();
    Map<String, Row> queues = new TreeMap<>();
    // Why, and of which metrics.
    Map<String, Set<String>> absent = new TreeMap<>();
    for (Question question : questions) {
      Map<String, Row> rows = OF_NODES.contains(question.metric()) ? nodes : queues;
      question.answer().ifPresent(it -> values(question.metric(), it, rows));
      question.contributors().ifPresent(it -> parts(question.metric(), it, rows, absent));
    }
    nodes(nodes);
    queues(queues);
    failures(questions, absent);
  }

  /** Of an answer that is whole. */
  private static void values(String metric, Doc answer, Map<String, Row> rows) {
    for (Doc item : answer.list("/items")) {
      String name = OF_NODES.contains(metric) ? item.text("/describedObject/name") : queue(item);
      put(rows, name, metric, item.text("/value"));
    }
  }

  /** Of one that need not be whole: what is missing is marked, and never counted as 0. */
  private static void parts(
      String metric, Doc list, Map<String, Row> rows, Map<String, Set<String>> absent) {
    String kind = OF_NODES.contains(metric) ? "Node" : "Queue";
    for (Doc part : list.list("/contributors")) {
      String name = part.text("/name");
      boolean isRow = part.text("/kind").equals(kind);
      String why = part.text("/missing");
      if (!why.isEmpty()) {
        absent
            .computeIfAbsent(part.text("/kind") + " " + name + ": " + why, _ -> new TreeSet<>())
            .add(metric);
      }
      if (isRow && (!why.isEmpty() || part.text("/value").isEmpty())) {
        rows.computeIfAbsent(name, _ -> new Row()).missing().add(metric);
      } else if (isRow) {
        put(rows, name, metric, part.text("/value"));
      }
    }
  }

  private static void put(Map<String, Row> rows, String name, String metric, String quantity) {
    OptionalLong value = MilliQuantity.parse(quantity);
    if (value.isPresent()) {
      rows.computeIfAbsent(name, _ -> new Row())
          .values()
          .merge(metric, value.getAsLong(), Long::sum);
    }
  }

  private static String queue(Doc item) {
    return item.text("/metricLabels/broker")
        + "/"
        + item.text("/metricLabels/vhost")
        + "/"
        + item.text("/metricLabels/queue");
  }

  private void nodes(Map<String, Row> nodes) {
    List<List<Cell>> rows = new ArrayList<>();
    nodes.forEach((name, values) ->
        rows.add(
            List.of(
                Cell.of(name),
                number(values, OF_NODES.get(0)),
                number(values, OF_NODES.get(1)),
                memory(values, OF_NODES.get(2)),
                memory(values, OF_NODES.get(3)))));
    if (!rows.isEmpty()) {
      page.table(List.of("NODE", "GPUS", "TASKS", "VRAM USED", "VRAM"), rows);
    }
  }

  private void queues(Map<String, Row> queues) {
    List<List<Cell>> rows = new ArrayList<>();
    queues.forEach((name, values) ->
        rows.add(
            List.of(
                Cell.of(name),
                number(values, OF_QUEUES.get(0)),
                number(values, OF_QUEUES.get(1)),
                number(values, OF_QUEUES.get(2)))));
    if (!rows.isEmpty()) {
      page.gap();
      page.table(List.of("QUEUE", "READY", "UNACKED", "CONSUMERS"), rows);
    }
  }

  private void failures(List<Question> questions, Map<String, Set<String>> absent) {
    List<String> lines = new ArrayList<>();
    absent.forEach((who, metrics) -> lines.add(who + " (" + String.join(", ", metrics) + ")"));
    for (Question question : questions) {
      if (question.answer().isEmpty()) {
        // A list of contributors says itself who is missing, unless nobody can be named.
        String why =
            question
                .contributors()
                .map(it -> it.whole("/missing").orElse(0) > 0 ? "" : it.text("/message"))
                .orElse(question.failure());
        if (!why.isEmpty()) {
          lines.add(question.metric() + ": " + why);
        }
      }
    }
    if (!lines.isEmpty()) {
      page.gap();
    }
    lines.stream().limit(MAX_LINES).forEach(it -> page.indented("- ", it, Tone.CAREFUL));
    if (lines.size() > MAX_LINES) {
      page.line((lines.size() - MAX_LINES) + " more", Tone.FAINT);
    }
  }

  /** A number; a dash where there is none, for what is not known is not 0. */
  private static Cell number(Row row, String metric) {
    return cell(row, metric, MilliQuantity::format);
  }

  private static Cell memory(Row row, String metric) {
    return cell(
        row,
        metric,
        milli -> String.format(Locale.ROOT, "%.1f GiB", milli / (double) MILLI_GIBIBYTE));
  }

  private static Cell cell(Row row, String metric, LongFunction<String> shown) {
    if (row.missing().contains(metric)) {
      return new Cell("missing", Tone.BAD);
    }
    Long milli = row.values().get(metric);
    return Cell.of(milli == null ? "-" : shown.apply(milli));
  }
}
