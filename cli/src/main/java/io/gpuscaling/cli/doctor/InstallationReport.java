package io.gpuscaling.cli.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What an adapter tells of the exporters, the workers and Prometheus: it serves it beside what it
 * tells of policies, so that the doctor needs no way of its own to any pod. What is well is counted
 * in it, the rest is listed.
 */
record InstallationReport(JsonNode root) {

  /** Sources of brokers are this and the broker's name. */
  static final String BROKER = "rabbitmq/";

  private static final String DCGM = "dcgm";

  /**
   * What stands in one row of a source that is not well, or of which that is not known.
   *
   * @param reporter {@code node gpu-1} or {@code queue reader gpuscaling/queue-reader-1}
   * @param state a word: failing, out of date, starting, or ok where something was found
   * @param reason of the failure; may be empty
   * @param ageSeconds since the last complete observation; negative without one
   * @param findings empty optional: the exporter is of a version that does not tell
   */
  record Source(
      String reporter,
      String source,
      String state,
      String reason,
      long ageSeconds,
      Optional<List<Found>> findings) {

    boolean isOfBroker() {
      return source.startsWith(BROKER);
    }

    boolean isOfDcgm() {
      return source.equals(DCGM);
    }
  }

  /** Something that an exporter found. */
  record Found(String code, String subject) {}

  /** The report, or the finding that a check must tell in its place. */
  sealed interface Read {
    record Told(InstallationReport report) implements Read {}

    record Gap(Finding finding) implements Read {}
  }

  /** What the adapter told; that it knows no report is no answer. */
  static Read of(Facts facts, CheckId check) {
    Optional<Finding> gap = facts.gap(check, Question.INSTALLATION_REPORT);
    if (gap.isPresent()) {
      return new Read.Gap(gap.get());
    }
    JsonNode root = facts.object(Question.INSTALLATION_REPORT);
    return root.path("kind").asString("").equals("InstallationReport")
        ? new Read.Told(new InstallationReport(root))
        : new Read.Gap(
            Finding.unknown(
                check,
                "the adapter could not be asked what it knows: it serves no installationreports",
                "see api-owner; an older adapter has no such report"));
  }

  /** How many reporters are well in a source. */
  int well(String source) {
    return root.at("/sources/well").path(source).asInt(0);
  }

  int wellInDcgm() {
    return well(DCGM);
  }

  List<Source> sources() {
    List<Source> sources = new ArrayList<>();
    for (JsonNode row : root.at("/sources/others")) {
      JsonNode node = row.path("node");
      sources.add(
          new Source(
              node.isString()
                  ? "node " + plain(node)
                  : "queue reader " + plain(row.path("queueReader")),
              plain(row.path("source")),
              plain(row.path("state")),
              plain(row.path("reason")),
              row.path("ageSeconds").asLong(-1),
              row.path("findings").isArray()
                  ? Optional.of(found(row.path("findings")))
                  : Optional.empty()));
    }
    return sources;
  }

  private static List<Found> found(JsonNode rows) {
    return rows.valueStream()
        .map(it -> new Found(plain(it.path("code")), plain(it.path("subject"))))
        .toList();
  }

  /** Sources in which at least one reporter is well. */
  List<String> wellSources() {
    return root.at("/sources/well").propertyStream().map(it -> it.getKey()).toList();
  }

  List<String> unreportedNodes() {
    return root.at("/nodes/unreported").valueStream().map(InstallationReport::plain).toList();
  }

  int nodesWithGpus() {
    return root.at("/nodes/withGpus").asInt(0);
  }

  /** How many rows of a part the adapter left out, since there were so many. */
  int leftOut(String part) {
    return root.path(part).path("leftOut").asInt(0);
  }

  JsonNode workers() {
    return root.path("workers");
  }

  JsonNode queries() {
    return root.path("queries");
  }

  /** What others have written must not steer a terminal. */
  static String plain(JsonNode text) {
    return text.asString("").replaceAll("\\p{Cntrl}", "?");
  }
}
