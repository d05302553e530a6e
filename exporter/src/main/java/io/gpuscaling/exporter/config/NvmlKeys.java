package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.exporter.nvml.NvmlMode;
import io.gpuscaling.exporter.nvml.NvmlSettings;
import java.time.Duration;
import java.util.List;

/** What can be set of NVIDIA's management library. */
final class NvmlKeys {

  static final ScalarKey<NvmlMode> MODE =
      ScalarKey.withDefault(
          "nvml.mode",
          ScalarType.oneOf(NvmlMode.class),
          NvmlMode.OFF,
          "auto: read NVIDIA's management library where it is; the source of GPUs where dcgm.url is not set.");

  static final ScalarKey<String> LIBRARY =
      ScalarKey.withDefault(
          "nvml.library",
          ScalarType.text("FILE"),
          NvmlSettings.DEFAULT_LIBRARY,
          "Name or path of the library, which the driver brings along.");

  static final ScalarKey<Duration> INTERVAL =
      ScalarKey.withDefault(
          "nvml.interval",
          ScalarType.duration(Duration.ofSeconds(1), Duration.ofMinutes(1)),
          NvmlSettings.DEFAULT_INTERVAL,
          "Time between two reads of it.");

  static final ScalarKey<Duration> TIMEOUT =
      ScalarKey.withDefault(
          "nvml.timeout",
          ScalarType.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
          NvmlSettings.DEFAULT_TIMEOUT,
          "Longest time for one read; a driver that hangs longer is asked no more until it answers.");

  static final KeyGroup GROUP =
      new KeyGroup("GPUs by NVML", List.of(MODE, LIBRARY, INTERVAL, TIMEOUT));

  private NvmlKeys() {}

  /** Whether the library is read. */
  static boolean areRead(Configuration config) {
    return config.get(MODE) != NvmlMode.OFF;
  }
}
