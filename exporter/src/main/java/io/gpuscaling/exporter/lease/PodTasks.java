package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The running tasks of one pod, gathered from its sessions. For use by one thread. */
final class PodTasks {

  private final PodIdentity pod;

  /** By id: two sessions may tell of the same, as after a worker's restart, and it runs once. */
  private final Map<String, TaskGroup> tasks = new TreeMap<>();

  private Exactness exactness = Exactness.EXACT;

  PodTasks(PodIdentity pod) {
    this.pod = pod;
  }

  void add(RunningTask task) {
    tasks.putIfAbsent(task.id(), new TaskGroup(task.queue(), task.taskClass()));
  }

  /** Says that workers of the pod may have begun or ended tasks that nobody has told of yet. */
  void estimate() {
    exactness = Exactness.ESTIMATE;
  }

  int count() {
    return tasks.size();
  }

  /** The pod's series. */
  void write(List<Sample> samples, long now) {
    Labels base = Labels.of("namespace", pod.namespace(), "pod", pod.name());
    samples.add(sample(ServedMetric.GPU_WORKERS_BUSY, base, tasks.isEmpty() ? 0 : 1, now));
    if (tasks.isEmpty()) {
      samples.add(sample(ServedMetric.GPU_TASKS_ACTIVE, base, 0, now));
    }
    counts()
        .forEach((group, count) ->
            samples.add(sample(ServedMetric.GPU_TASKS_ACTIVE, group.labels(base), count, now)));
  }

  /**
   * Tasks by group. Groups beyond the bound are counted as tasks of no queue and no class: the
   * pod's sum stays right.
   */
  private Map<TaskGroup, Integer> counts() {
    var counts = new TreeMap<TaskGroup, Integer>();
    tasks.values().forEach(group -> counts.merge(group, 1, Integer::sum));
    while (counts.size() > LeaseLimits.MAX_GROUPS_PER_POD) {
      counts.merge(TaskGroup.OTHER, counts.pollLastEntry().getValue(), Integer::sum);
    }
    return counts;
  }

  private Sample sample(ServedMetric metric, Labels labels, int value, long now) {
    return new Sample(
        new SeriesKey(metric.metricName(), labels), new SampleValue.Known(value, exactness), now);
  }
}
