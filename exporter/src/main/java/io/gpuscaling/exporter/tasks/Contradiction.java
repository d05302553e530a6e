package io.gpuscaling.exporter.tasks;

import io.gpuscaling.core.metric.SampleValue;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How sources can contradict each other about a pod. */
enum Contradiction {
  /**
   * Its worker has announced itself and says that no task runs, and its GPU or its application is
   * busy.
   */
  BUSY_WITHOUT_TASK,
  /** Its worker says that tasks run, and no process has a context on its GPUs. */
  TASK_WITHOUT_PROCESS,
  /** Its worker says that tasks run, and the application says that it works at nothing. */
  TASK_WITHOUT_REQUEST;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The value of the label {@code kind}. */
  String label() {
    return label;
  }

  /**
   * Whether, and how.
   *
   * @param said what each source that is fresh says of the pod
   */
  static Optional<Contradiction> of(Map<TaskSource, SampleValue.Known> said) {
    SampleValue.Known leases = said.get(TaskSource.LEASE);
    SampleValue.Known processes = said.get(TaskSource.NVML);
    SampleValue.Known busy = said.get(TaskSource.INFERRED);
    SampleValue.Known requests = said.get(TaskSource.APP);
    if (leases == null) {
      return Optional.empty();
    }
    if (leases.value() == 0) {
      return isMore(busy) || isMore(requests) ? Optional.of(BUSY_WITHOUT_TASK) : Optional.empty();
    }
    if (isNone(processes)) {
      return Optional.of(TASK_WITHOUT_PROCESS);
    }
    return isNone(requests) ? Optional.of(TASK_WITHOUT_REQUEST) : Optional.empty();
  }

  private static boolean isMore(SampleValue.@Nullable Known tasks) {
    return tasks != null && tasks.value() > 0;
  }

  private static boolean isNone(SampleValue.@Nullable Known tasks) {
    return tasks != null && tasks.value() == 0;
  }
}
