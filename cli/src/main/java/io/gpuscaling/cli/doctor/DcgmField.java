package io.gpuscaling.cli.doctor;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Fields of dcgm-exporter that served metrics are made of, by both generations of names. */
enum DcgmField {
  USED(
      "DCGM_FI_DEV_FB_USED",
      "DCGM_FI_DEV_FB_USED_BYTES",
      "used frame buffer",
      "gpu_vram_used_bytes",
      "gpu_vram_used_ratio",
      "gpu_vram_total_bytes"),
  FREE(
      "DCGM_FI_DEV_FB_FREE",
      "DCGM_FI_DEV_FB_FREE_BYTES",
      "free frame buffer",
      "gpu_vram_free_bytes",
      "gpu_vram_fit_replicas",
      "gpu_vram_used_ratio",
      "gpu_vram_total_bytes"),
  RESERVED(
      "DCGM_FI_DEV_FB_RESERVED",
      "DCGM_FI_DEV_FB_RESERVED_BYTES",
      "reserved frame buffer",
      "gpu_vram_total_bytes",
      "gpu_vram_used_ratio"),
  UTILIZATION(
      "DCGM_FI_DEV_GPU_UTIL",
      "DCGM_FI_DEV_GPU_UTIL_RATIO",
      "share of time in which the GPU was busy",
      "gpu_utilization_ratio"),
  ENGINE(
      "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
      "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO",
      "share of time in which the graphics engine was busy",
      "gpu_utilization_ratio"),
  TEMPERATURE(
      "DCGM_FI_DEV_GPU_TEMP",
      "DCGM_FI_DEV_GPU_TEMP_CELSIUS",
      "GPU temperature",
      "gpu_temperature_celsius"),
  POWER(
      "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_BOARD_POWER_WATTS", "power draw", "gpu_power_watts"),
  /**
   * Without a row before the first XID; what is told is that nothing of a GPU's health is shown.
   */
  XID("DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_XID_ERROR", "last XID error", "gpu_healthy");

  private final String name;
  private final String newerName;
  private final String help;
  private final String metrics;

  DcgmField(String name, String newerName, String help, String... metrics) {
    this.name = name;
    this.newerName = newerName;
    this.help = help;
    this.metrics = String.join(", ", Arrays.stream(metrics).sorted().toList());
  }

  /** By either name. */
  static Optional<DcgmField> of(String field) {
    return Arrays.stream(values())
        .filter(it -> it.name.equals(field) || it.newerName.equals(field))
        .findFirst();
  }

  /** Whether a metric is not served, or less well, without it. */
  boolean isOf(String metric) {
    return List.of(metrics.split(", ", -1)).contains(metric);
  }

  /** The metrics, in the order of their names. */
  String metrics() {
    return metrics;
  }

  /** The line of dcgm-exporter's list of fields. */
  String line(String field) {
    return field + ", gauge, " + help;
  }
}
