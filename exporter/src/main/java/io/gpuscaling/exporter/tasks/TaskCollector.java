package io.gpuscaling.exporter.tasks;

import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.Locale;

/** Shows what each source says of tasks, side by side, and where they contradict each other. */
public final class TaskCollector extends Collector implements Collector.Describable {

  private final TaskBoard board;

  /** Of a board. */
  public TaskCollector(TaskBoard board) {
    this.board = board;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    GaugeMetricFamily tasks = tasks();
    for (TaskBoard.Observed each : board.observed()) {
      tasks.addMetric(
          List.of(
              each.source().label(),
              each.tasks().exactness().name().toLowerCase(Locale.ROOT),
              each.pod().namespace(),
              each.pod().name()),
          each.tasks().value());
    }
    GaugeMetricFamily contradictions = contradictions();
    board
        .contradictions()
        .forEach((how, pods) -> contradictions.addMetric(List.of(how.label()), pods));
    return List.of(tasks, contradictions);
  }

  @Override
  public List<MetricFamilySamples> describe() {
    return List.of(tasks(), contradictions());
  }

  private static GaugeMetricFamily tasks() {
    return new GaugeMetricFamily(
        "gpuscaling_tasks_observed",
        "Running GPU tasks of a pod by each source; what another source says is not to be added.",
        List.of("source", "exactness", "namespace", "pod"));
  }

  private static GaugeMetricFamily contradictions() {
    return new GaugeMetricFamily(
        "gpuscaling_task_contradictions",
        "Pods about which the sources of tasks have contradicted each other for a minute, by how.",
        List.of("kind"));
  }
}
