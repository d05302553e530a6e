package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.ConfigKey;
import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.SecretUri;
import io.gpuscaling.core.config.StructuredKey;
import io.gpuscaling.core.config.Validation;
import io.gpuscaling.exporter.rabbitmq.BrokerSettings;
import io.gpuscaling.exporter.rabbitmq.QueueSelection;
import io.gpuscaling.exporter.rabbitmq.RabbitSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What can be set of the broker and its queues. */
final class QueueKeys {

  static final ScalarKey<Optional<SecretUri>> RABBITMQ_URI =
      ScalarKey.optional(
          "rabbitmq.uri",
          ScalarType.secretUri("amqp", "amqps"),
          "The broker: amqp[s]://USER@HOST[:PORT][/VHOST]. Its password is better kept in a file.");

  static final ScalarKey<Optional<Path>> RABBITMQ_PASSWORD_FILE =
      ScalarKey.optional(
          "rabbitmq.passwordFile",
          ScalarType.filePath(),
          "File with the broker user's password or token; a change makes a new connection.");

  static final ScalarKey<Optional<Path>> RABBITMQ_CA_FILE =
      ScalarKey.optional(
          "rabbitmq.caFile",
          ScalarType.filePath(),
          "PEM file of the CA of the broker's certificates, for amqps and https.");

  static final ScalarKey<Optional<Path>> RABBITMQ_CERT_FILE =
      ScalarKey.optional(
          "rabbitmq.certFile",
          ScalarType.filePath(),
          "PEM client certificate and chain, for amqps; the user's only credential when there is no password.");

  static final ScalarKey<Optional<Path>> RABBITMQ_KEY_FILE =
      ScalarKey.optional(
          "rabbitmq.keyFile", ScalarType.filePath(), "PEM key (PKCS #8) of that certificate.");

  static final ScalarKey<Optional<URI>> RABBITMQ_MANAGEMENT_URL =
      ScalarKey.optional(
          "rabbitmq.managementUrl",
          ScalarType.uri("http", "https"),
          "Root of the management API: unacknowledged messages, zeros that another source confirms, broker health.");

  static final ScalarKey<List<URI>> RABBITMQ_PROMETHEUS_URLS =
      ScalarKey.list(
              "rabbitmq.prometheusUrls",
              ScalarType.uri("http", "https"),
              "Prometheus endpoints (port 15692) of all nodes of the broker: rates, drain time, exact age.")
          .flag("--rabbitmq-prometheus-url");

  static final ScalarKey<String> RABBITMQ_BROKER =
      ScalarKey.withDefault(
          "rabbitmq.broker",
          ScalarType.text("NAME"),
          BrokerSettings.DEFAULT_NAME,
          "The broker's name in the label broker.");

  static final ScalarKey<List<String>> RABBITMQ_QUEUES =
      ScalarKey.list(
              "rabbitmq.queues",
              ScalarType.text("QUEUE"),
              "Queues to poll, in the vhost of the URI.")
          .flag("--rabbitmq-queue");

  static final StructuredKey<List<BrokerEntry>> RABBITMQ_BROKERS =
      StructuredKey.of(
          "rabbitmq.brokers",
          List.of(),
          "Several brokers, in place of all keys above: see below.",
          BrokerEntries::read);

  static final ScalarKey<Optional<String>> RABBITMQ_LEASE_NAMESPACE =
      ScalarKey.optional(
          "rabbitmq.leaseNamespace",
          ScalarType.text("NAMESPACE"),
          "Where the Leases are by which replicas agree on which of them reads a broker. None: this process always does.");

  static final ScalarKey<String> RABBITMQ_LEASE_PREFIX =
      ScalarKey.withDefault(
          "rabbitmq.leasePrefix",
          ScalarType.text("PREFIX"),
          "queue-reader",
          "The Lease of a broker is PREFIX-NAME. Another one for readers of other queues of the same broker.");

  static final ScalarKey<Duration> RABBITMQ_POLL_INTERVAL =
      ScalarKey.withDefault(
          "rabbitmq.pollInterval",
          ScalarType.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
          RabbitSettings.DEFAULT_POLL_INTERVAL,
          "Time between two polls of all queues.");

  static final ScalarKey<Duration> RABBITMQ_ZERO_CONFIRMATION =
      ScalarKey.withDefault(
          "rabbitmq.zeroConfirmation",
          ScalarType.duration(Duration.ZERO, Duration.ofMinutes(10)),
          RabbitSettings.DEFAULT_ZERO_CONFIRMATION,
          "How long a queue must say 0 messages and 0 consumers before it is believed, where no other source says so.");

  static final ScalarKey<Duration> RABBITMQ_STUCK_AFTER =
      ScalarKey.withDefault(
          "rabbitmq.stuckAfter",
          ScalarType.duration(Duration.ofSeconds(1), Duration.ofHours(24)),
          RabbitSettings.DEFAULT_STUCK_AFTER,
          "How long messages must wait without one delivery to be called stuck; longer than a task takes.");

  static final ScalarKey<Boolean> RABBITMQ_WORKERS =
      ScalarKey.withDefault(
          "rabbitmq.workers",
          ScalarType.bool(),
          true,
          "Whether the management API is asked which worker has which unacknowledged messages: tasks by the broker.");

  static final KeyGroup GROUP =
      new KeyGroup(
          "Queues",
          List.of(
              RABBITMQ_URI,
              RABBITMQ_PASSWORD_FILE,
              RABBITMQ_CA_FILE,
              RABBITMQ_CERT_FILE,
              RABBITMQ_KEY_FILE,
              RABBITMQ_MANAGEMENT_URL,
              RABBITMQ_PROMETHEUS_URLS,
              RABBITMQ_BROKER,
              RABBITMQ_QUEUES,
              RABBITMQ_BROKERS,
              RABBITMQ_LEASE_NAMESPACE,
              RABBITMQ_LEASE_PREFIX,
              RABBITMQ_POLL_INTERVAL,
              RABBITMQ_ZERO_CONFIRMATION,
              RABBITMQ_STUCK_AFTER,
              RABBITMQ_WORKERS));

  static final Validation CONSISTENT =
      new Validation(
          List.of(
              RABBITMQ_URI,
              RABBITMQ_BROKER,
              RABBITMQ_PASSWORD_FILE,
              RABBITMQ_CA_FILE,
              RABBITMQ_CERT_FILE,
              RABBITMQ_KEY_FILE,
              RABBITMQ_MANAGEMENT_URL,
              RABBITMQ_PROMETHEUS_URLS,
              RABBITMQ_QUEUES,
              RABBITMQ_BROKERS,
              RABBITMQ_LEASE_NAMESPACE,
              RABBITMQ_LEASE_PREFIX,
              RABBITMQ_POLL_INTERVAL,
              RABBITMQ_ZERO_CONFIRMATION,
              RABBITMQ_STUCK_AFTER,
              RABBITMQ_WORKERS),
          QueueKeys::checkQueues);

  /** What says how the only broker is reached. */
  private static final List<ConfigKey<?>> OF_ONE_BROKER =
      List.of(
          RABBITMQ_URI,
          RABBITMQ_PASSWORD_FILE,
          RABBITMQ_CA_FILE,
          RABBITMQ_CERT_FILE,
          RABBITMQ_KEY_FILE,
          RABBITMQ_MANAGEMENT_URL,
          RABBITMQ_PROMETHEUS_URLS,
          RABBITMQ_BROKER,
          RABBITMQ_QUEUES);

  private QueueKeys() {}

  /** Whether queues are read. */
  static boolean areRead(Configuration config) {
    return config.get(RABBITMQ_URI).isPresent() || !config.get(RABBITMQ_BROKERS).isEmpty();
  }

  /** The key that says which broker is read. */
  static ConfigKey<?> brokerKey(Configuration config) {
    return config.isSet(RABBITMQ_BROKERS) ? RABBITMQ_BROKERS : RABBITMQ_URI;
  }

  private static List<ConfigProblem> checkQueues(Configuration config) {
    List<ConfigProblem> problems = new ArrayList<>();
    if (config.isSet(RABBITMQ_BROKERS)) {
      checkBrokers(config, problems);
    } else {
      checkBroker(config, problems);
    }
    if (problems.isEmpty() && areRead(config)) {
      try {
        List<RabbitSettings> brokers = ExporterSettings.brokers(config);
        checkLeases(config, brokers, problems);
      } catch (IllegalArgumentException e) {
        problems.add(config.problem(brokerKey(config), String.valueOf(e.getMessage())));
      }
    }
    return problems;
  }

  private static void checkBroker(Configuration config, List<ConfigProblem> problems) {
    boolean hasQueues = !config.get(RABBITMQ_QUEUES).isEmpty();
    boolean hasUri = config.get(RABBITMQ_URI).isPresent();
    if (hasQueues && !hasUri) {
      problems.add(config.problem(RABBITMQ_QUEUES, "needs rabbitmq.uri"));
    }
    if (hasUri && !hasQueues) {
      problems.add(config.problem(RABBITMQ_QUEUES, "name at least one queue to poll"));
    }
    if (hasUri
        && config.get(RABBITMQ_CERT_FILE).isPresent()
            != config.get(RABBITMQ_KEY_FILE).isPresent()) {
      problems.add(config.problem(RABBITMQ_CERT_FILE, "goes together with rabbitmq.keyFile"));
    }
  }

  /** All brokers share one stream, and each says for itself how it is reached. */
  private static void checkBrokers(Configuration config, List<ConfigProblem> problems) {
    for (ConfigKey<?> key : OF_ONE_BROKER) {
      if (config.isSet(key)) {
        problems.add(config.problem(key, "cannot be set beside rabbitmq.brokers"));
      }
    }
    List<BrokerEntry> brokers = config.get(RABBITMQ_BROKERS);
    long queues = brokers.stream().mapToLong(it -> it.queues().size()).sum();
    long patterns = brokers.stream().mapToLong(it -> it.patterns().size()).sum();
    if (brokers.isEmpty()) {
      problems.add(config.problem(RABBITMQ_BROKERS, "has no broker"));
    }
    if (queues > QueueSelection.MAX_QUEUES || patterns > QueueSelection.MAX_PATTERNS) {
      problems.add(
          config.problem(
              RABBITMQ_BROKERS,
              "all brokers together have %d queues and %d patterns; allowed: %d and %d. Let another exporter read the rest"
                  .formatted(
                      queues, patterns, QueueSelection.MAX_QUEUES, QueueSelection.MAX_PATTERNS)));
    }
  }

  /** What a Lease and its namespace may be called: RFC 1123 subdomain and label. */
  private static void checkLeases(
      Configuration config, List<RabbitSettings> brokers, List<ConfigProblem> problems) {
    Optional<String> namespace = config.get(RABBITMQ_LEASE_NAMESPACE);
    if (namespace.isEmpty()) {
      return;
    }
    if (!namespace.get().matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")) {
      problems.add(config.problem(RABBITMQ_LEASE_NAMESPACE, "is not a namespace"));
    }
    for (RabbitSettings broker : brokers) {
      String lease = ExporterSettings.leaseName(config, broker);
      if (!lease.matches("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")) {
        problems.add(
            config.problem(
                RABBITMQ_LEASE_PREFIX,
                "no Lease can be called '%s': of a-z, 0-9, '-' and '.' only".formatted(lease)));
      }
    }
  }
}
