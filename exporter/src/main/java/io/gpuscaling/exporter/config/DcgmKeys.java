package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.Validation;
import io.gpuscaling.exporter.dcgm.DcgmFieldTable;
import io.gpuscaling.exporter.dcgm.DcgmSettings;
import io.gpuscaling.exporter.dcgm.UtilizationUnit;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What can be set of the node's GPUs. */
final class DcgmKeys {

  static final ScalarKey<Optional<URI>> URL =
      ScalarKey.optional(
          "dcgm.url",
          ScalarType.uri("http", "https"),
          "The /metrics page of this node's dcgm-exporter.");

  static final ScalarKey<Duration> INTERVAL =
      ScalarKey.withDefault(
          "dcgm.scrapeInterval",
          ScalarType.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
          DcgmSettings.DEFAULT_INTERVAL,
          "Time between two scrapes of dcgm-exporter, which itself collects every 30s by default.");

  static final ScalarKey<Duration> TIMEOUT =
      ScalarKey.withDefault(
          "dcgm.scrapeTimeout",
          ScalarType.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
          DcgmSettings.DEFAULT_TIMEOUT,
          "Longest time for one scrape, headers and body; at most the interval.");

  static final ScalarKey<Optional<Path>> FIELDS_FILE =
      ScalarKey.optional(
          "dcgm.fieldsFile",
          ScalarType.filePath(),
          "CSV table (field,property,unit,dialect) of further DCGM fields, or others for the built-in ones.");

  static final ScalarKey<UtilizationUnit.Configured> UTILIZATION_RATIO_UNIT =
      ScalarKey.withDefault(
          "dcgm.utilizationRatioUnit",
          ScalarType.oneOf(UtilizationUnit.Configured.class),
          UtilizationUnit.Configured.AUTO,
          "What GPU_UTIL_RATIO is counted in when a page does not tell: percent until DCGM 4.6, ratio from 4.7.");

  static final KeyGroup GROUP =
      new KeyGroup("GPUs", List.of(URL, INTERVAL, TIMEOUT, FIELDS_FILE, UTILIZATION_RATIO_UNIT));

  static final Validation SCRAPE =
      new Validation(List.of(INTERVAL, TIMEOUT), DcgmKeys::checkScrape);

  static final Validation FIELDS = new Validation(List.of(FIELDS_FILE), DcgmKeys::checkFields);

  private DcgmKeys() {}

  /**
   * The built-in table, with the rows of a file in place of its own.
   *
   * @throws IOException when the file cannot be read
   * @throws IllegalArgumentException when it is no such table; the message says which line
   */
  static DcgmFieldTable fields(Optional<Path> file) throws IOException {
    DcgmFieldTable builtIn = DcgmFieldTable.builtIn();
    return file.isEmpty()
        ? builtIn
        : builtIn.with(DcgmFieldTable.parse(Files.readString(file.get())));
  }

  private static List<ConfigProblem> checkScrape(Configuration config) {
    // The default gives way to a short interval by itself.
    return config.isSet(TIMEOUT) && config.get(TIMEOUT).compareTo(config.get(INTERVAL)) > 0
        ? List.of(config.problem(TIMEOUT, "must not be longer than dcgm.scrapeInterval"))
        : List.of();
  }

  private static List<ConfigProblem> checkFields(Configuration config) {
    try {
      fields(config.get(FIELDS_FILE));
      return List.of();
    } catch (IOException e) {
      return List.of(config.problem(FIELDS_FILE, "cannot be read: " + e));
    } catch (IllegalArgumentException e) {
      return List.of(config.problem(FIELDS_FILE, String.valueOf(e.getMessage())));
    }
  }
}
