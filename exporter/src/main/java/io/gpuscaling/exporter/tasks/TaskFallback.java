package io.gpuscaling.exporter.tasks;

import org.jspecify.annotations.Nullable;

/** Who is believed of a pod that the source which counts says nothing of. */
public enum TaskFallback {
  /** Nobody: such a pod's tasks are not known. */
  NONE(null),
  /** See {@link TaskSource#NVML}. */
  NVML(TaskSource.NVML),
  /** See {@link TaskSource#APP}. */
  APP(TaskSource.APP),
  /** See {@link TaskSource#INFERRED}. */
  INFERRED(TaskSource.INFERRED);

  private final @Nullable TaskSource source;

  TaskFallback(@Nullable TaskSource source) {
    this.source = source;
  }

  /** Which source it is; null for nobody. */
  public @Nullable TaskSource source() {
    return source;
  }
}
