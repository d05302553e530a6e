package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.SecretUri;
import io.gpuscaling.core.config.Validation;
import io.gpuscaling.exporter.rabbitmq.BrokerSettings;
import io.gpuscaling.exporter.rabbitmq.RabbitSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
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
              RABBITMQ_POLL_INTERVAL,
              RABBITMQ_ZERO_CONFIRMATION,
              RABBITMQ_STUCK_AFTER));

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
              RABBITMQ_POLL_INTERVAL,
              RABBITMQ_ZERO_CONFIRMATION,
              RABBITMQ_STUCK_AFTER),
          QueueKeys::checkQueues);

  private QueueKeys() {}

  private static List<ConfigProblem> checkQueues(Configuration config) {
    if (config.get(RABBITMQ_URI).isEmpty()) {
      return config.get(RABBITMQ_QUEUES).isEmpty()
          ? List.of()
          : List.of(config.problem(RABBITMQ_QUEUES, "needs rabbitmq.uri"));
    }
    if (config.get(RABBITMQ_QUEUES).isEmpty()) {
      return List.of(config.problem(RABBITMQ_QUEUES, "name at least one queue to poll"));
    }
    if (config.get(RABBITMQ_CERT_FILE).isPresent() != config.get(RABBITMQ_KEY_FILE).isPresent()) {
      return List.of(config.problem(RABBITMQ_CERT_FILE, "goes together with rabbitmq.keyFile"));
    }
    try {
      ExporterSettings.rabbitmq(config);
      return List.of();
    } catch (IllegalArgumentException e) {
      return List.of(config.problem(RABBITMQ_URI, String.valueOf(e.getMessage())));
    }
  }
}
