package io.gpuscaling.cli.doctor;

import static io.gpuscaling.cli.doctor.InstallationReport.BROKER;

import io.gpuscaling.cli.doctor.InstallationReport.Found;
import io.gpuscaling.cli.doctor.InstallationReport.Read;
import io.gpuscaling.cli.doctor.InstallationReport.Source;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What queue readers find wrong with their brokers. */
final class BrokerChecks {

  private static final CheckId CHECK = CheckId.RABBITMQ_ACCESS;
  private static final String OF_QUEUES = "rabbitmq_";

  /** Of the replicas of a reader only one reads; the others are starting for ever. */
  private static final List<String> STATES = List.of("ok", "failing", "stale", "starting");

  private BrokerChecks() {}

  static List<Finding> access(Facts facts, Policies policies) {
    return switch (InstallationReport.of(facts, CHECK)) {
      case Read.Gap(Finding gap) -> List.of(gap);
      case Read.Told(InstallationReport report) -> access(facts, policies, report);
    };
  }

  private static List<Finding> access(Facts facts, Policies policies, InstallationReport report) {
    Map<String, Source> brokers = new TreeMap<>();
    Comparator<Source> better = Comparator.comparingInt(it -> STATES.indexOf(it.state()));
    for (Source it : report.sources()) {
      if (it.isOfBroker()) {
        brokers.merge(it.source(), it, (a, b) -> better.compare(a, b) <= 0 ? a : b);
      }
    }
    List<Finding> findings = new ArrayList<>();
    brokers.forEach((source, it) -> {
      if (report.well(source) == 0) {
        found(it, findings);
      }
    });
    List<String> well = report.wellSources().stream().filter(it -> it.startsWith(BROKER)).toList();
    if (brokers.isEmpty() && well.isEmpty()) {
      findings.add(nobodyReads(facts, policies));
    }
    ReportChecks.leftOut(CHECK, report).ifPresent(findings::add);
    return findings.isEmpty()
        ? List.of(Finding.ok(CHECK, "brokers that are read as a whole: " + String.join(", ", well)))
        : findings;
  }

  private static Finding nobodyReads(Facts facts, Policies policies) {
    Optional<String> reader =
        MetricReaders.of(facts, policies, metric -> metric.startsWith(OF_QUEUES));
    if (reader.isPresent()) {
      return Finding.fault(
          CHECK,
          "no queue reader has reported to the adapter, and " + reader.get(),
          "see the Deployment queue-reader in namespace "
              + facts.namespace()
              + ", its rabbitmq.uri, and ingest.identities of the adapter");
    }
    return MetricReaders.gap(facts, CHECK).orElse(Finding.ok(CHECK, "no broker is read"));
  }

  private static void found(Source it, List<Finding> findings) {
    String broker = "broker " + it.source().substring(BROKER.length());
    if (it.findings().isEmpty()) {
      findings.add(
          Finding.unknown(
              CHECK,
              broker + " could not be asked about: its reader is of an older version",
              "use one version of exporters and adapter"));
      return;
    }
    List<Found> found = it.findings().get();
    found.forEach(one -> findings.add(finding(broker, one)));
    if (!found.isEmpty()) {
      return;
    }
    switch (it.state()) {
      case "starting" ->
          findings.add(
              Finding.unknown(
                  CHECK,
                  broker + " has not been read yet",
                  "ask again in a minute; else see the log of the queue reader"));
      case "stale" ->
          findings.add(
              Finding.fault(
                  CHECK,
                  "the reader of "
                      + broker
                      + " is silent: observed last "
                      + it.ageSeconds()
                      + " s ago",
                  "see the Deployment queue-reader and its log"));
      default ->
          findings.add(
              Finding.fault(CHECK, broker + ": " + it.reason(), "see the log of the queue reader"));
    }
  }

  private static Finding finding(String broker, Found it) {
    String reason = broker + ", " + it.subject() + " (" + it.code() + ")";
    String way = "see rabbitmq.uri, network policies, and whether the broker runs";
    return switch (it.code()) {
      case "amqp_refused" ->
          Finding.fault(
              CHECK,
              reason,
              it.subject().contains("password")
                  ? "see rabbitmq.passwordFile; rabbitmqctl authenticate_user USER PASSWORD"
                  : "rabbitmqctl list_vhosts; rabbitmqctl set_permissions -p VHOST USER '^$'"
                      + " '^(QUEUES)$' '^$'");
      case "amqp_unreachable" -> Finding.fault(CHECK, reason, way);
      case "queue_refused" ->
          Finding.fault(
              CHECK,
              reason,
              "rabbitmqctl set_permissions -p VHOST USER '^$' '^(QUEUES)$' '^$'; RabbitMQ 4.2.6 and"
                  + " 4.3.0 want the first pattern too; an exclusive queue is its owner's alone");
      case "queue_missing" ->
          Finding.fault(CHECK, reason, "declare the queue, or mend its name in rabbitmq.queues");
      case "management_empty", "management_refused" ->
          Finding.fault(
              CHECK, reason, "rabbitmqctl set_permissions -p VHOST USER '^$' '^(QUEUES)$' '^$'");
      case "management_failed" -> management(reason, it);
      case "prometheus_failed", "prometheus_refused" ->
          Finding.fault(
              CHECK,
              reason,
              "rabbitmq-plugins enable rabbitmq_prometheus, or see rabbitmq.prometheusUrls");
      default -> Finding.warning(CHECK, reason, "see the log of the queue reader");
    };
  }

  private static Finding management(String reason, Found it) {
    boolean isRefused = it.subject().contains("status 401") || it.subject().contains("status 403");
    if (isRefused && it.subject().startsWith("nodes:")) {
      return Finding.warning(
          CHECK,
          reason + ": alarms are not seen, and neither are workers",
          "rabbitmqctl set_user_tags USER monitoring");
    }
    return Finding.fault(
        CHECK,
        reason,
        isRefused
            ? "rabbitmqctl set_user_tags USER monitoring; see rabbitmq.passwordFile"
            : "rabbitmq-plugins enable rabbitmq_management, or see rabbitmq.managementUrl");
  }
}
