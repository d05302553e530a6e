package io.gpuscaling.cli.doctor;

import io.gpuscaling.cli.doctor.InstallationReport.Found;
import io.gpuscaling.cli.doctor.InstallationReport.Read;
import io.gpuscaling.cli.doctor.InstallationReport.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** What exporters and the adapter find wrong with dcgm-exporter and Prometheus. */
final class ReportChecks {

  private static final String FIELD_MISSING = "field_missing";
  private static final int NAMED = 10;

  private ReportChecks() {}

  static List<Finding> dcgmPages(Facts facts) {
    CheckId check = CheckId.DCGM_PAGES;
    return switch (InstallationReport.of(facts, check)) {
      case Read.Gap(Finding gap) -> List.of(gap);
      case Read.Told(InstallationReport report) -> {
        List<Finding> findings = new ArrayList<>();
        unreported(report, facts).ifPresent(findings::add);
        int read = report.wellInDcgm();
        for (Source it : report.sources()) {
          if (it.isOfDcgm()) {
            Optional<Finding> wrong = page(it);
            wrong.ifPresent(findings::add);
            read += wrong.isPresent() ? 0 : 1;
          }
        }
        leftOut(check, report).ifPresent(findings::add);
        yield findings.isEmpty()
            ? List.of(
                Finding.ok(check, read + " exporters read the dcgm-exporter of their own node"))
            : findings;
      }
    };
  }

  private static Optional<Finding> unreported(InstallationReport report, Facts facts) {
    List<String> silent = report.unreportedNodes();
    return silent.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Finding.fault(
                CheckId.DCGM_PAGES,
                "no exporter has reported to the adapter from these of "
                    + report.nodesWithGpus()
                    + " GPU nodes: "
                    + named(silent)
                    + ": every sum over nodes is incomplete",
                "see gpu-exporters, then the log of the node's exporter in namespace "
                    + facts.namespace()
                    + ": adapter address, token, network policies"));
  }

  private static Optional<Finding> page(Source it) {
    CheckId check = CheckId.DCGM_PAGES;
    Optional<Found> found =
        it.findings().flatMap(all -> all.stream().filter(one -> !isField(one)).findFirst());
    return switch (it.state()) {
      case "ok" -> it.findings().isPresent() ? Optional.empty() : Optional.of(tooOld(check, it));
      case "stale" ->
          Optional.of(
              Finding.fault(
                  check,
                  "the exporter of "
                      + it.reporter()
                      + " is silent: its GPUs were observed last "
                      + it.ageSeconds()
                      + " s ago",
                  "see gpu-exporters and the log of that exporter"));
      case "starting" ->
          Optional.of(
              Finding.warning(
                  check,
                  "the exporter of " + it.reporter() + " has not read its first page yet",
                  "ask again in a minute"));
      default ->
          Optional.of(
              Finding.fault(
                  check,
                  "the exporter of "
                      + it.reporter()
                      + " has no page of dcgm-exporter ("
                      + found
                          .map(one -> one.code() + "): " + one.subject())
                          .orElse(it.reason() + ")"),
                  pageFix(found.map(Found::code).orElse(""))));
    };
  }

  private static String pageFix(String code) {
    return switch (code) {
      case "other_node" ->
          "have dcgm.url lead to the node's own dcgm-exporter (auto finds it; a Service of several"
              + " nodes does not), or name the node's other host name in dcgm.hostnames";
      case "not_found" ->
          "see dcgm-exporters: dcgm.url auto looks for a ready dcgm-exporter on the same node";
      case "refused", "tls" -> "see dcgm.caFile, and what dcgm-exporter's web configuration wants";
      case "empty" -> "see dcgm-exporter's log: it has no GPU to show yet";
      case "frozen" -> "restart dcgm-exporter and its DCGM: the values that it shows are old";
      default -> "see dcgm.url, port 9400 and network policies, and the log of that exporter";
    };
  }

  static List<Finding> dcgmFields(Facts facts, Policies policies) {
    CheckId check = CheckId.DCGM_FIELDS;
    return switch (InstallationReport.of(facts, check)) {
      case Read.Gap(Finding gap) -> List.of(gap);
      case Read.Told(InstallationReport report) -> {
        List<Finding> findings = new ArrayList<>();
        Map<String, List<String>> nodesOf = new TreeMap<>();
        int unseen = 0;
        for (Source it : report.sources()) {
          if (it.isOfDcgm() && it.findings().isEmpty()) {
            findings.add(tooOld(check, it));
          } else if (it.isOfDcgm() && !it.state().equals("ok")) {
            unseen++;
          }
          if (it.isOfDcgm()) {
            it.findings().orElse(List.of()).stream()
                .filter(ReportChecks::isField)
                .forEach(one ->
                    nodesOf
                        .computeIfAbsent(one.subject(), _ -> new ArrayList<>())
                        .add(it.reporter()));
          }
        }
        nodesOf.forEach((field, nodes) -> findings.add(field(facts, policies, field, nodes)));
        if (unseen > 0) {
          findings.add(
              Finding.unknown(
                  check, unseen + " exporters have no page to look at", "see dcgm-pages"));
        }
        leftOut(check, report).ifPresent(findings::add);
        yield findings.isEmpty()
            ? List.of(
                Finding.ok(
                    check,
                    "the pages of " + report.wellInDcgm() + " nodes show all that metrics need"))
            : findings;
      }
    };
  }

  private static Finding field(Facts facts, Policies policies, String field, List<String> nodes) {
    CheckId check = CheckId.DCGM_FIELDS;
    Optional<DcgmField> known = DcgmField.of(field);
    String reason = "dcgm-exporter shows no " + field + " on " + named(nodes);
    String fix =
        "add to its list of fields (option -f; customMetrics of its chart): `"
            + known.map(it -> it.line(field)).orElse(field + ", gauge, " + field)
            + "`; if it is there, these GPUs do not report it"
            + (known.equals(Optional.of(DcgmField.XID))
                ? "; an XID has no row before the first, so add"
                    + " `DCGM_FI_DEV_ROW_REMAP_FAILURE, gauge, row remapping has failed` too"
                : "");
    Optional<String> reader =
        MetricReaders.of(facts, policies, metric -> known.map(it -> it.isOf(metric)).orElse(false));
    if (reader.isPresent()) {
      return Finding.fault(check, reason + ", and " + reader.get(), fix);
    }
    Optional<Finding> gap = MetricReaders.gap(facts, check);
    return gap.isPresent()
        ? Finding.unknown(check, reason + "; who reads it could not be asked", fix)
        : Finding.warning(
            check,
            reason + ": not served or not exact: " + known.map(DcgmField::metrics).orElse("?"),
            fix);
  }

  static List<Finding> prometheusAnswers(Facts facts) {
    CheckId check = CheckId.PROMETHEUS_ANSWERS;
    return switch (InstallationReport.of(facts, check)) {
      case Read.Gap(Finding gap) -> List.of(gap);
      case Read.Told(InstallationReport report) -> {
        List<Finding> findings = new ArrayList<>();
        for (JsonNode row : report.queries().path("withoutNumber")) {
          findings.add(answer(InstallationReport.plain(row.path("problem"))));
        }
        int used = report.queries().path("used").asInt(0);
        yield findings.isEmpty()
            ? List.of(
                Finding.ok(
                    check,
                    used == 0
                        ? "the adapter asks Prometheus nothing: no policy that it knows wants it"
                        : used + " queries have a fresh number"))
            : findings;
      }
    };
  }

  private static Finding answer(String problem) {
    CheckId check = CheckId.PROMETHEUS_ANSWERS;
    if (problem.endsWith("it has not been answered yet")) {
      return Finding.warning(check, problem, "ask again in a minute");
    }
    boolean isWay =
        problem.contains("cannot be reached")
            || problem.contains("did not answer")
            || problem.contains("cannot be read");
    return Finding.fault(
        check,
        problem,
        isWay
            ? "see prometheus.url, caFile and tokenFile of the adapter, and network policies"
            : "ask Prometheus the text in prometheus.queries: it must come to one fresh number, and"
                + " name metrics that are there");
  }

  private static Finding tooOld(CheckId check, Source it) {
    return Finding.unknown(
        check,
        "the exporter of " + it.reporter() + " could not be asked: it is of an older version",
        "use one version of exporters and adapter");
  }

  /** That there is more to tell than the report holds. */
  static Optional<Finding> leftOut(CheckId check, InstallationReport report) {
    return report.leftOut("sources") == 0
        ? Optional.empty()
        : Optional.of(
            Finding.unknown(
                check,
                report.leftOut("sources") + " more sources are not well, and not in the report",
                "mend those that are told, and ask again"));
  }

  private static boolean isField(Found it) {
    return it.code().equals(FIELD_MISSING);
  }

  static String named(List<String> names) {
    return names.stream().limit(NAMED).collect(Collectors.joining(", "))
        + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "");
  }
}
