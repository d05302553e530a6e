package io.gpuscaling.cli.render;

import io.gpuscaling.cli.render.Page.Cell;
import io.gpuscaling.cli.render.Page.Tone;
import io.gpuscaling.policy.hpa.MilliQuantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Draws nodes with their GPUs and tasks, and queues, by the answers of the metrics APIs. */
final class TopPage {

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

  void draw(List<Question> questions) {
    Map<String, Map<String, Long>> nodes = new TreeMap<>();
    Map<String, Map<String, Long>> queues = new TreeMap<>();
    for (Question question : questions) {
      question
          .answer()
          .ifPresent(answer -> {
            boolean isOfNodes = OF_NODES.contains(question.metric());
            for (Doc item : answer.list("/items")) {
              String name = isOfNodes ? item.text("/describedObject/name") : queue(item);
              OptionalLong value = MilliQuantity.parse(item.text("/value"));
              if (value.isPresent()) {
                (isOfNodes ? nodes : queues)
                    .computeIfAbsent(name, _ -> new TreeMap<>())
                    .merge(question.metric(), value.getAsLong(), Long::sum);
              }
            }
          });
    }
    nodes(nodes);
    queues(queues);
    failures(questions);
  }

  private static String queue(Doc item) {
    return item.text("/metricLabels/broker")
        + "/"
        + item.text("/metricLabels/vhost")
        + "/"
        + item.text("/metricLabels/queue");
  }

  private void nodes(Map<String, Map<String, Long>> nodes) {
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

  private void queues(Map<String, Map<String, Long>> queues) {
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

  private void failures(List<Question> questions) {
    List<Question> failed = questions.stream().filter(it -> it.answer().isEmpty()).toList();
    if (!failed.isEmpty()) {
      page.gap();
      failed.forEach(it -> page.indented("- ", it.metric() + ": " + it.failure(), Tone.CAREFUL));
    }
  }

  /** A number, or a dash: what is not known is not 0. */
  private static Cell number(Map<String, Long> values, String metric) {
    Long milli = values.get(metric);
    return Cell.of(milli == null ? "-" : MilliQuantity.format(milli));
  }

  private static Cell memory(Map<String, Long> values, String metric) {
    Long milli = values.get(metric);
    return Cell.of(
        milli == null
            ? "-"
            : String.format(Locale.ROOT, "%.1f GiB", milli / (double) MILLI_GIBIBYTE));
  }
}
