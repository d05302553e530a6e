package io.gpuscaling.exporter.tasks;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.exporter.apps.AppTasks;
import io.gpuscaling.exporter.dcgm.DeviceHolders;
import io.gpuscaling.exporter.dcgm.PodRef;
import io.gpuscaling.exporter.nvml.NvmlDevice;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes of what each source knows what it says of pods. Only a device that one pod has for itself
 * tells of that pod; one that is shared tells of nobody. Pure.
 */
public final class TaskEvidence {

  private TaskEvidence() {}

  /** The sums of the leases: of each pod with a live session. */
  static TaskReport leases(SourceSnapshot snapshot) {
    var pods = new TreeMap<TaskPod, SampleValue.Known>();
    Set<TaskPod> unknown = new HashSet<>();
    for (Sample sample : snapshot.samples()) {
      TaskPod pod = podOf(sample.series().labels());
      if (pod != null && isOf(sample, ServedMetric.GPU_TASKS_ACTIVE)) {
        switch (sample.value()) {
          case SampleValue.Known(double tasks, var exactness) ->
              pods.merge(
                  pod,
                  new SampleValue.Known(tasks, exactness),
                  (one, other) ->
                      new SampleValue.Known(one.value() + other.value(), one.exactness()));
          case SampleValue.Unknown _ -> unknown.add(pod);
        }
      }
    }
    pods.keySet().removeAll(unknown);
    return new TaskReport(snapshot.state(), pods);
  }

  /**
   * Processes of each pod that has a GPU or GPU instance for itself. An idle process has a context
   * too, and one process may run several tasks: an estimate.
   */
  public static TaskReport processes(
      SourceState state, List<NvmlDevice> devices, DeviceHolders holders) {
    var pods = new TreeMap<TaskPod, SampleValue.Known>();
    Set<TaskPod> unknown = new HashSet<>();
    for (NvmlDevice device : devices) {
      PodRef holder = device.divided() ? null : holders.exclusiveHolder(device.keys());
      if (holder != null) {
        var pod = new TaskPod(holder.namespace(), holder.pod());
        Integer count = device.processes();
        if (count == null) {
          unknown.add(pod);
        } else {
          pods.merge(
              pod,
              new SampleValue.Known(count, Exactness.ESTIMATE),
              (one, other) ->
                  new SampleValue.Known(one.value() + other.value(), Exactness.ESTIMATE));
        }
      }
    }
    pods.keySet().removeAll(unknown);
    return new TaskReport(state, pods);
  }

  /** What applications say of their own work. */
  public static TaskReport applications(SourceState state, List<AppTasks> said) {
    var pods = new TreeMap<TaskPod, SampleValue.Known>();
    for (AppTasks each : said) {
      pods.put(
          new TaskPod(each.namespace(), each.pod()),
          new SampleValue.Known(each.tasks(), each.exactness()));
    }
    return new TaskReport(state, pods);
  }

  /**
   * 1 for a pod that has a busy GPU or GPU instance for itself, 0 for one whose are all idle: a
   * lower bound, since short tasks run between two looks and several run at once.
   *
   * @param gpus the samples of a source of GPUs
   * @param busyRatio from which utilization a device is busy
   */
  static TaskReport busyGpus(SourceSnapshot gpus, double busyRatio) {
    Map<String, TaskPod> holders = new HashMap<>();
    for (Sample sample : gpus.samples()) {
      TaskPod pod = podOf(sample.series().labels());
      if (pod != null) {
        holders.put(device(sample.series().labels()), pod);
      }
    }
    var pods = new TreeMap<TaskPod, SampleValue.Known>();
    Set<TaskPod> unknown = new HashSet<>();
    for (Sample sample : gpus.samples()) {
      TaskPod pod = holders.get(device(sample.series().labels()));
      if (pod != null && isOf(sample, ServedMetric.GPU_UTILIZATION_RATIO)) {
        switch (sample.value()) {
          case SampleValue.Known(double ratio, _) ->
              pods.merge(
                  pod,
                  new SampleValue.Known(ratio >= busyRatio ? 1 : 0, Exactness.LOWER_BOUND),
                  (one, other) -> one.value() > 0 ? one : other);
          case SampleValue.Unknown _ -> unknown.add(pod);
        }
      }
    }
    // A busy GPU says enough; that the others are idle does not, while one is unknown.
    pods.entrySet()
        .removeIf(each -> each.getValue().value() == 0 && unknown.contains(each.getKey()));
    return new TaskReport(gpus.state(), pods);
  }

  private static boolean isOf(Sample sample, ServedMetric metric) {
    return sample.series().metric().equals(metric.metricName());
  }

  private static @Nullable TaskPod podOf(Labels labels) {
    String pod = labels.get("pod");
    return pod == null ? null : new TaskPod(labels.getOrEmpty("namespace"), pod);
  }

  private static String device(Labels labels) {
    return labels.getOrEmpty("uuid") + "/" + labels.getOrEmpty("gpu_instance");
  }
}
