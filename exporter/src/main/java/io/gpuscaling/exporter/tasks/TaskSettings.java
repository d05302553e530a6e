package io.gpuscaling.exporter.tasks;

import java.time.Duration;

/**
 * Which source of tasks counts.
 *
 * @param source for all pods that it tells of
 * @param fallback for pods that it does not tell of
 * @param busyRatio utilization from which a GPU counts as busy, 0 to 1
 */
public record TaskSettings(TaskSource source, TaskFallback fallback, double busyRatio) {

  /** The leases alone. */
  public static final TaskSettings DEFAULTS =
      new TaskSettings(TaskSource.LEASE, TaskFallback.NONE, 0.05);

  /** Beyond this age what a source said of a pod counts no more. */
  static final Duration FRESH_FOR = Duration.ofSeconds(45);

  /** So long sources must contradict each other: they look at different instants. */
  static final Duration CONTRADICTS_AFTER = Duration.ofSeconds(60);
}
