package io.gpuscaling.exporter.nvml;

/** Whether the management library is read. */
public enum NvmlMode {
  /** It is never loaded. */
  OFF,
  /**
   * It is read where there is one: a second opinion beside dcgm-exporter, and the source of GPU
   * samples where none is configured.
   */
  AUTO
}
