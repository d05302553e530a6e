package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.Parsed;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.Validation;
import io.gpuscaling.exporter.dcgm.DcgmFieldTable;
import io.gpuscaling.exporter.dcgm.DcgmSettings;
import io.gpuscaling.exporter.dcgm.DcgmTarget;
import io.gpuscaling.exporter.dcgm.ReplicaSize;
import io.gpuscaling.exporter.dcgm.UtilizationUnit;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** What can be set of the node's GPUs. */
final class DcgmKeys {

  private static final ScalarType<URI> ADDRESS = ScalarType.uri("http", "https");
  private static final String AUTO = "auto";

  static final ScalarKey<Optional<DcgmTarget>> URL =
      ScalarKey.optional(
          "dcgm.url",
          new ScalarType<>(
              "URL|auto",
              ADDRESS.allowed() + ", or auto",
              DcgmKeys::parseTarget,
              target ->
                  switch (target) {
                    case DcgmTarget.Fixed(URI url) -> url.toString();
                    case DcgmTarget.OwnNode() -> AUTO;
                  },
              ADDRESS.mask()),
          "The /metrics page of this node's dcgm-exporter; auto: of the dcgm-exporter pod on node.name.");

  static final ScalarKey<Optional<String>> NAMESPACE =
      ScalarKey.optional(
          "dcgm.namespace",
          ScalarType.text("NAMESPACE"),
          "Where auto looks for the dcgm-exporter pod; none: in all namespaces.");

  static final ScalarKey<Optional<Path>> CA_FILE =
      ScalarKey.optional(
          "dcgm.caFile",
          ScalarType.filePath(),
          "PEM file of the CA of dcgm-exporter's certificate, for https; none: the Java runtime's.");

  static final ScalarKey<List<String>> HOSTNAMES =
      ScalarKey.list(
              "dcgm.hostnames",
              ScalarType.text("NAME"),
              "Names by which dcgm-exporter may call this node besides node.name; * for any.")
          .flag("--dcgm-hostname");

  static final ScalarKey<Duration> FROZEN_AFTER =
      ScalarKey.withDefault(
          "dcgm.frozenAfter",
          ScalarType.duration(Duration.ZERO, Duration.ofHours(24)),
          DcgmSettings.DEFAULT_FROZEN_AFTER,
          "How long energy counters may stand still while power is drawn before a page counts as old; 0s: for ever.");

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

  private static final ScalarType<Long> BYTES = ScalarType.byteSize(1, 1L << 50);
  private static final Pattern SIZE_NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?");

  static final ScalarKey<List<ReplicaSize>> REPLICA_SIZES =
      ScalarKey.list(
              "dcgm.replicaSizes",
              new ScalarType<>(
                  "NAME=SIZE",
                  "a name and the GPU memory that a replica needs, such as sdxl=12Gi",
                  DcgmKeys::parseSize,
                  size -> size.name() + "=" + BYTES.printer().apply(size.bytes()),
                  UnaryOperator.identity()),
              "Sizes for gpu_vram_fit_replicas: how many more replicas the free GPUs of the node can take.")
          .flag("--dcgm-replica-size");

  static final KeyGroup GROUP =
      new KeyGroup(
          "GPUs",
          List.of(
              URL,
              NAMESPACE,
              CA_FILE,
              HOSTNAMES,
              INTERVAL,
              TIMEOUT,
              FROZEN_AFTER,
              REPLICA_SIZES,
              FIELDS_FILE,
              UTILIZATION_RATIO_UNIT));

  static final Validation SCRAPE =
      new Validation(List.of(INTERVAL, TIMEOUT), DcgmKeys::checkScrape);

  /** Each is a series of each node. */
  private static final int MAX_SIZES = 16;

  static final Validation SIZES = new Validation(List.of(REPLICA_SIZES), DcgmKeys::checkSizes);

  static final Validation FIELDS = new Validation(List.of(FIELDS_FILE), DcgmKeys::checkFields);

  static final Validation TARGET =
      new Validation(
          List.of(URL, NAMESPACE, HOSTNAMES, ExporterKeys.NODE_NAME), DcgmKeys::checkTarget);

  private DcgmKeys() {}

  private static Parsed<ReplicaSize> parseSize(String text) {
    int equals = text.indexOf('=');
    if (equals < 0 || !SIZE_NAME.matcher(text.substring(0, equals)).matches()) {
      return Parsed.refused("has no name of lower case letters, digits, '-' and '.' before a '='");
    }
    return BYTES
        .parser()
        .apply(text.substring(equals + 1))
        .then(bytes -> Parsed.value(new ReplicaSize(text.substring(0, equals), bytes)));
  }

  private static List<ConfigProblem> checkSizes(Configuration config) {
    List<ReplicaSize> sizes = config.get(REPLICA_SIZES);
    boolean twice = sizes.stream().map(ReplicaSize::name).distinct().count() < sizes.size();
    return twice || sizes.size() > MAX_SIZES
        ? List.of(
            config.problem(
                REPLICA_SIZES, "must be at most " + MAX_SIZES + " sizes, each name once"))
        : List.of();
  }

  private static Parsed<DcgmTarget> parseTarget(String text) {
    return text.equals(AUTO)
        ? Parsed.value(new DcgmTarget.OwnNode())
        : ADDRESS.parser().apply(text).then(url -> Parsed.value(new DcgmTarget.Fixed(url)));
  }

  private static List<ConfigProblem> checkTarget(Configuration config) {
    Optional<DcgmTarget> target = config.get(URL);
    boolean auto = target.isPresent() && target.get() instanceof DcgmTarget.OwnNode;
    if (auto && config.get(ExporterKeys.NODE_NAME).isEmpty()) {
      return List.of(config.problem(URL, "needs node.name: auto looks for the pod on that node"));
    }
    return config.get(NAMESPACE).isPresent() && !auto
        ? List.of(config.problem(NAMESPACE, "goes together with dcgm.url: auto"))
        : List.of();
  }

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
