package io.gpuscaling.exporter.tasks;

import java.util.Locale;

/** Who says how many tasks run. */
public enum TaskSource {
  /** The worker itself: what the metric means. */
  LEASE,
  /**
   * Processes with a compute context on the pod's GPUs: an estimate, since idle ones have it too.
   */
  NVML,
  /** The application that runs in the pod: how many requests, prompts or jobs it works at. */
  APP,
  /** A GPU of the pod is busy: at least one task runs; or nobody can say. */
  INFERRED;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The value of the label {@code source}. */
  public String label() {
    return label;
  }
}
