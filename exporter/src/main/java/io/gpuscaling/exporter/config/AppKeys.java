package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.StructuredKey;
import io.gpuscaling.core.config.Validation;
import io.gpuscaling.exporter.apps.AppEndpoint;
import io.gpuscaling.exporter.apps.AppSettings;
import java.time.Duration;
import java.util.List;

/** What can be set of applications that tell what runs in them. */
final class AppKeys {

  static final StructuredKey<List<AppEndpoint>> ENDPOINTS =
      StructuredKey.of(
          "apps.endpoints",
          List.of(),
          "Applications whose pods on this node say how many tasks run: see below.",
          AppEntries::read);

  static final ScalarKey<Duration> INTERVAL =
      ScalarKey.withDefault(
          "apps.interval",
          ScalarType.duration(Duration.ofSeconds(1), Duration.ofSeconds(10)),
          AppSettings.DEFAULT_INTERVAL,
          "Time between two rounds of all their pods.");

  static final ScalarKey<Duration> TIMEOUT =
      ScalarKey.withDefault(
          "apps.timeout",
          ScalarType.duration(Duration.ofMillis(100), Duration.ofSeconds(10)),
          AppSettings.DEFAULT_TIMEOUT,
          "Longest time for one page, headers and body.");

  static final KeyGroup GROUP = new KeyGroup("Applications", List.of(ENDPOINTS, INTERVAL, TIMEOUT));

  static final Validation CONSISTENT =
      new Validation(List.of(ENDPOINTS, ExporterKeys.NODE_NAME), AppKeys::check);

  private AppKeys() {}

  /** Whether applications are read. */
  static boolean areRead(Configuration config) {
    return !config.get(ENDPOINTS).isEmpty();
  }

  private static List<ConfigProblem> check(Configuration config) {
    return areRead(config) && config.get(ExporterKeys.NODE_NAME).isEmpty()
        ? List.of(config.problem(ENDPOINTS, "needs node.name: the pods of this node are asked"))
        : List.of();
  }
}
