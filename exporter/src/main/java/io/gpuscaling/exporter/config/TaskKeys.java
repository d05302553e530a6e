package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.Validation;
import io.gpuscaling.exporter.tasks.TaskFallback;
import io.gpuscaling.exporter.tasks.TaskSettings;
import io.gpuscaling.exporter.tasks.TaskSource;
import java.util.ArrayList;
import java.util.List;

/** What can be set of the sources of running tasks. */
final class TaskKeys {

  private static final int PERCENT = 100;

  static final ScalarKey<TaskSource> SOURCE =
      ScalarKey.withDefault(
          "tasks.source",
          ScalarType.oneOf(TaskSource.class),
          TaskSettings.DEFAULTS.source(),
          "Which source of running tasks counts: workers' leases, processes by NVML (an estimate), applications (app), or busy GPUs (inferred, a lower bound).");

  static final ScalarKey<TaskFallback> FALLBACK =
      ScalarKey.withDefault(
          "tasks.fallback",
          ScalarType.oneOf(TaskFallback.class),
          TaskSettings.DEFAULTS.fallback(),
          "Which source counts for pods of which the other says nothing; none: their tasks are unknown.");

  static final ScalarKey<Integer> BUSY_PERCENT =
      ScalarKey.withDefault(
          "tasks.busyPercent",
          ScalarType.integer(1, PERCENT),
          (int) (TaskSettings.DEFAULTS.busyRatio() * PERCENT),
          "Utilization from which a GPU counts as busy, for inferred tasks and for contradictions between sources.");

  static final KeyGroup GROUP =
      new KeyGroup("Sources of tasks", List.of(SOURCE, FALLBACK, BUSY_PERCENT));

  static final Validation CONSISTENT =
      new Validation(
          List.of(
              SOURCE,
              FALLBACK,
              DcgmKeys.URL,
              NvmlKeys.MODE,
              PodResourcesKeys.SOCKET,
              AppKeys.ENDPOINTS),
          TaskKeys::check);

  private TaskKeys() {}

  static TaskSettings settings(Configuration config) {
    return new TaskSettings(
        config.get(SOURCE), config.get(FALLBACK), config.get(BUSY_PERCENT) / (double) PERCENT);
  }

  private static List<ConfigProblem> check(Configuration config) {
    TaskSource source = config.get(SOURCE);
    TaskFallback fallback = config.get(FALLBACK);
    var problems = new ArrayList<ConfigProblem>();
    if (fallback.source() == source) {
      problems.add(config.problem(FALLBACK, "must be another source than tasks.source"));
    }
    addMissing(problems, config, SOURCE, source);
    if (fallback.source() != null) {
      addMissing(problems, config, FALLBACK, fallback.source());
    }
    return problems;
  }

  private static void addMissing(
      List<ConfigProblem> problems, Configuration config, ScalarKey<?> key, TaskSource source) {
    switch (source) {
      case LEASE -> {}
      case NVML -> {
        if (!NvmlKeys.areRead(config) || config.get(PodResourcesKeys.SOCKET).isEmpty()) {
          problems.add(
              config.problem(
                  key,
                  "needs nvml.mode: auto and podResources.socket, which says whose GPU it is"));
        }
      }
      case APP -> {
        if (!AppKeys.areRead(config)) {
          problems.add(config.problem(key, "needs apps.endpoints"));
        }
      }
      case INFERRED -> {
        if (config.get(DcgmKeys.URL).isEmpty() && !NvmlKeys.areRead(config)) {
          problems.add(config.problem(key, "needs dcgm.url or nvml.mode: auto"));
        }
      }
    }
  }
}
