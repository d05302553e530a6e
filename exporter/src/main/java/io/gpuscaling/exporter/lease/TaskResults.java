package io.gpuscaling.exporter.lease;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CounterMetricFamily;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What tasks came to since the start, for Prometheus: ends by outcome, and histograms of how long
 * they ran and had waited, by namespace and class. Not safe for use by several threads.
 */
final class TaskResults {

  /** Ends of buckets in seconds: those of the objectives (30 s, 120 s) among them. */
  private static final double[] BOUNDS = {
    0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_800, 3_600
  };

  private final Map<Kind, EnumMap<TaskOutcome, Long>> finished = newMap();
  private final Map<Kind, Histogram> ran = newMap();
  private final Map<Kind, Histogram> waited = newMap();

  /** What results are counted by. */
  private record Kind(String namespace, String taskClass) {}

  private static final class Histogram {
    private final long[] counts = new long[BOUNDS.length + 1];
    private double sum;

    void add(double seconds) {
      int bucket = 0;
      while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) {
        bucket++;
      }
      counts[bucket]++;
      sum += seconds;
    }
  }

  private static <V> Map<Kind, V> newMap() {
    return new TreeMap<>(Comparator.comparing(Kind::namespace).thenComparing(Kind::taskClass));
  }

  void finished(PodIdentity pod, RunningTask task, TaskOutcome outcome) {
    finished
        .computeIfAbsent(kind(finished, pod, task), _ -> new EnumMap<>(TaskOutcome.class))
        .merge(outcome, 1L, Long::sum);
  }

  void ran(PodIdentity pod, RunningTask task, double seconds) {
    ran.computeIfAbsent(kind(ran, pod, task), _ -> new Histogram()).add(seconds);
  }

  void waited(PodIdentity pod, RunningTask task, double seconds) {
    waited.computeIfAbsent(kind(waited, pod, task), _ -> new Histogram()).add(seconds);
  }

  /** Kinds beyond the bound are counted without their class, and at last without a namespace. */
  private static Kind kind(Map<Kind, ?> known, PodIdentity pod, RunningTask task) {
    var kind = new Kind(pod.namespace(), task.taskClass());
    if (known.containsKey(kind) || known.size() < LeaseLimits.MAX_RESULT_KINDS) {
      return kind;
    }
    var withoutClass = new Kind(pod.namespace(), "");
    return known.containsKey(withoutClass) ? withoutClass : new Kind("", "");
  }

  /** The families. */
  List<MetricFamilySamples> collect() {
    var ends =
        new CounterMetricFamily(
            "gpu_tasks_finished",
            "GPU tasks that have ended, by outcome; expired are those whose worker fell silent.",
            List.of("namespace", "class", "outcome"));
    finished.forEach((kind, outcomes) ->
        outcomes.forEach((outcome, count) ->
            ends.addMetric(
                List.of(
                    kind.namespace(), kind.taskClass(), outcome.name().toLowerCase(Locale.ROOT)),
                count)));
    return List.of(
        ends,
        family("gpu_task_duration_seconds", "Time that GPU tasks ran that ended well.", ran),
        family("gpu_task_wait_seconds", "Time that GPU tasks had waited when they began.", waited));
  }

  private static MetricFamilySamples family(
      String name, String help, Map<Kind, Histogram> histograms) {
    List<MetricFamilySamples.Sample> samples = new ArrayList<>();
    histograms.forEach((kind, histogram) -> write(samples, name, kind, histogram));
    return new MetricFamilySamples(name, Collector.Type.HISTOGRAM, help, samples);
  }

  private static void write(
      List<MetricFamilySamples.Sample> samples, String name, Kind kind, Histogram histogram) {
    List<String> names = List.of("namespace", "class");
    List<String> values = List.of(kind.namespace(), kind.taskClass());
    List<String> bucketNames = List.of("namespace", "class", "le");
    long count = 0;
    for (int i = 0; i <= BOUNDS.length; i++) {
      count += histogram.counts[i];
      String end = i == BOUNDS.length ? "+Inf" : Collector.doubleToGoString(BOUNDS[i]);
      samples.add(
          new MetricFamilySamples.Sample(
              name + "_bucket",
              bucketNames,
              List.of(kind.namespace(), kind.taskClass(), end),
              count));
    }
    samples.add(new MetricFamilySamples.Sample(name + "_count", names, values, count));
    samples.add(new MetricFamilySamples.Sample(name + "_sum", names, values, histogram.sum));
  }
}
