package io.gpuscaling.exporter.tasks;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.source.SourceListener;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between the sources and the latest samples: keeps what each source says of tasks, and
 * publishes that of the one that counts, under the identity that the leases have, so that what an
 * HPA selects does not change with the source. Everything else passes through. Safe for use by any
 * thread.
 */
public final class TaskBoard implements SourceListener {

  private static final Logger LOG = LoggerFactory.getLogger(TaskBoard.class);

  private static final Set<String> COUNTS =
      Set.of(
          ServedMetric.GPU_WORKERS_BUSY.metricName(), ServedMetric.GPU_TASKS_ACTIVE.metricName());

  /** Pods that a line of the log names. */
  private static final int MAX_NAMED = 5;

  private final TaskSettings settings;
  private final SourceListener next;
  private final Ticker ticker;

  // Guarded by this.
  private final Map<TaskSource, TaskReport> reports = new EnumMap<>(TaskSource.class);
  private SourceSnapshot leases =
      new SourceSnapshot(Sources.LEASE, new SourceState.Starting(), List.of());
  private final SortedMap<TaskPod, Suspicion> suspicions = new TreeMap<>();
  private SortedMap<TaskPod, Contradiction> contradictions = new TreeMap<>();

  private record Suspicion(Contradiction how, long sinceNanos) {}

  /**
   * A board on which nothing stands.
   *
   * @param next gets what is to be published
   */
  public TaskBoard(TaskSettings settings, SourceListener next, Ticker ticker) {
    this.settings = settings;
    this.next = next;
    this.ticker = ticker;
  }

  @Override
  public synchronized void publish(SourceSnapshot snapshot) {
    switch (snapshot.source()) {
      case Sources.LEASE -> {
        leases = snapshot;
        take(TaskSource.LEASE, TaskEvidence.leases(snapshot));
      }
      case Sources.DCGM, Sources.NVML -> {
        next.publish(snapshot);
        take(TaskSource.INFERRED, TaskEvidence.busyGpus(snapshot, settings.busyRatio()));
      }
      default -> next.publish(snapshot);
    }
  }

  /** Takes in what NVML shows. */
  public synchronized void processes(TaskReport report) {
    take(TaskSource.NVML, report);
  }

  /** Takes in what applications say of themselves. */
  public synchronized void applications(TaskReport report) {
    take(TaskSource.APP, report);
  }

  private void take(TaskSource source, TaskReport report) {
    reports.put(source, report);
    judge();
    if (source == settings.source()) {
      next.publish(chosen());
    }
  }

  /** What is published: the leases as they are, or numbers of the same names by another source. */
  private SourceSnapshot chosen() {
    TaskReport counting = reports.getOrDefault(settings.source(), TaskReport.STARTING);
    var samples = new ArrayList<Sample>();
    boolean byLeases = settings.source() == TaskSource.LEASE;
    for (Sample sample : leases.samples()) {
      // Times of tasks are told by workers alone, whoever counts what runs.
      if (byLeases || !COUNTS.contains(sample.series().metric())) {
        samples.add(sample);
      }
    }
    said()
        .forEach((pod, all) -> {
          switch (TaskChoice.of(settings, all)) {
            case TaskChoice.Use(TaskSource source, SampleValue.Known tasks) -> {
              if (source != TaskSource.LEASE) {
                write(samples, pod, tasks);
              }
            }
            case TaskChoice.Unknown() -> {}
          }
        });
    return new SourceSnapshot(Sources.LEASE, counting.state(), samples);
  }

  private void write(List<Sample> samples, TaskPod pod, SampleValue.Known tasks) {
    long now = ticker.nanos();
    Labels labels = Labels.of("namespace", pod.namespace(), "pod", pod.name());
    samples.add(
        new Sample(
            new SeriesKey(ServedMetric.GPU_WORKERS_BUSY.metricName(), labels),
            new SampleValue.Known(tasks.value() > 0 ? 1 : 0, tasks.exactness()),
            now));
    samples.add(
        new Sample(new SeriesKey(ServedMetric.GPU_TASKS_ACTIVE.metricName(), labels), tasks, now));
  }

  /** What each source that is fresh says of each pod. */
  private SortedMap<TaskPod, Map<TaskSource, SampleValue.Known>> said() {
    var said = new TreeMap<TaskPod, Map<TaskSource, SampleValue.Known>>();
    reports.forEach((source, report) -> {
      if (isFresh(report.state())) {
        report
            .pods()
            .forEach((pod, tasks) ->
                said.computeIfAbsent(pod, _ -> new EnumMap<>(TaskSource.class)).put(source, tasks));
      }
    });
    return said;
  }

  private boolean isFresh(SourceState state) {
    return switch (state) {
      case SourceState.Ok(long at) -> isFresh(at);
      case SourceState.Failing(long at, _) -> isFresh(at);
      case SourceState.Starting(), SourceState.NeverObserved(_) -> false;
    };
  }

  private boolean isFresh(long atNanos) {
    return ticker.nanos() - atNanos <= TaskSettings.FRESH_FOR.toNanos();
  }

  private void judge() {
    long now = ticker.nanos();
    var seen = new TreeMap<TaskPod, Contradiction>();
    said().forEach((pod, all) -> Contradiction.of(all).ifPresent(how -> seen.put(pod, how)));
    suspicions.entrySet().removeIf(each -> each.getValue().how() != seen.get(each.getKey()));
    seen.forEach((pod, how) -> suspicions.putIfAbsent(pod, new Suspicion(how, now)));
    var certain = new TreeMap<TaskPod, Contradiction>();
    suspicions.forEach((pod, suspicion) -> {
      if (now - suspicion.sinceNanos() >= TaskSettings.CONTRADICTS_AFTER.toNanos()) {
        certain.put(pod, suspicion.how());
      }
    });
    if (!certain.equals(contradictions)) {
      contradictions = certain;
      tell();
    }
  }

  private void tell() {
    if (contradictions.isEmpty()) {
      LOG.info("the sources of tasks contradict each other no more");
      return;
    }
    LOG.warn(
        "the sources of tasks contradict each other about {} pods: {}",
        contradictions.size(),
        contradictions.entrySet().stream()
            .limit(MAX_NAMED)
            .map(each -> each.getKey() + " " + each.getValue().label())
            .toList());
  }

  /** What a source that is fresh says of a pod. */
  record Observed(TaskSource source, TaskPod pod, SampleValue.Known tasks) {}

  /** Everything that is fresh, side by side. */
  synchronized List<Observed> observed() {
    var all = new ArrayList<Observed>();
    said()
        .forEach((pod, each) ->
            each.forEach((source, tasks) -> all.add(new Observed(source, pod, tasks))));
    return all;
  }

  /** Pods about which the sources contradict each other, by how. */
  synchronized Map<Contradiction, Integer> contradictions() {
    var counts = new EnumMap<Contradiction, Integer>(Contradiction.class);
    for (Contradiction how : Contradiction.values()) {
      counts.put(how, 0);
    }
    contradictions.values().forEach(how -> counts.merge(how, 1, Integer::sum));
    return counts;
  }
}
