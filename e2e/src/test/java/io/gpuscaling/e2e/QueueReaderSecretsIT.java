package io.gpuscaling.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.e2e.world.Adapter;
import io.gpuscaling.e2e.world.Backlog;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.process.ProcessSignal;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import io.gpuscaling.testkit.rabbitmq.RabbitMqInstallation;
import io.gpuscaling.testkit.rabbitmq.RabbitMqPlugin;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A queue reader's life at log level trace, with passwords and tokens that are right, wrong,
 * replaced and refused, and a broker that dies: none of them is in anything that it or an adapter
 * wrote, served or answered.
 */
@Timeout(240)
@ExtendWith(InstallationExtension.class)
class QueueReaderSecretsIT {

  private static final Duration DEADLINE = Duration.ofSeconds(90);
  private static final String NAMESPACE = "queues-it";
  private static final String QUEUE = "secret.jobs";
  private static final String READY = "rabbitmq_queue_messages_ready";
  private static final String USER = "secret-reader";

  private static final String PASSWORD = "canary-Password+1/=";
  private static final String WRONG = "canary-Wrong+2/=";
  private static final String TOKEN = "eyJcanary.Token.with-dots_3";
  private static final String IN_URI = "canary-Uri-4";
  private static final List<String> CANARIES = List.of(PASSWORD, WRONG, TOKEN, IN_URI);

  private final Installation installation;

  QueueReaderSecretsIT(Installation installation) {
    this.installation = installation;
    installation.plane().objects().namespace(NAMESPACE);
  }

  private static void awaitConnect(Exporter reader, String outcome) {
    await(outcome)
        .atMost(DEADLINE)
        .until(() ->
            reader
                .page()
                .contains(
                    "gpuscaling_rabbitmq_connects_total{broker=\"default\",outcome=\""
                        + outcome
                        + "\",}"));
  }

  @Test
  void wholeLife_noSecretIsWrittenServedOrAnswered() throws Exception {
    Map<String, String> said = new LinkedHashMap<>();
    try (var broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Path.of("target", "secrets-broker").toAbsolutePath()),
            RabbitMqInstallation.find(),
            List.of(RabbitMqPlugin.MANAGEMENT, RabbitMqPlugin.PROMETHEUS))) {
      new Backlog(broker).declare(List.of(QUEUE));
      addUser(broker);
      Path file =
          Files.writeString(
              Files.createDirectories(installation.folder("secrets")).resolve("password"), WRONG);
      try (var reader = reader(broker, file)) {
        var api = new MetricsApi(installation.plane());
        awaitConnect(reader, "refused");
        said.put("API while refused", api.external(NAMESPACE, READY, "queue=" + QUEUE).toString());
        Files.writeString(file, PASSWORD);
        awaitConnect(reader, "ok");
        api.awaitTotal(NAMESPACE, READY, "queue=" + QUEUE, 0);
        said.put("API", api.external(NAMESPACE, READY, "queue=" + QUEUE).toString());
        said.put("page", reader.page());
        Files.writeString(file, WRONG);
        awaitConnect(reader, "reload_failed");
        broker.rabbitmqctl("change_password", USER, TOKEN).orThrow();
        Files.writeString(file, TOKEN);
        awaitConnect(reader, "reloaded");
        broker.kill();
        awaitConnect(reader, "unreachable");
        broker.restart();
        api.awaitTotal(NAMESPACE, READY, "queue=" + QUEUE, 0);
        broker.rabbitmqctl("delete_user", USER).orThrow();
        await("failing API")
            .atMost(DEADLINE)
            .until(() -> !api.external(NAMESPACE, READY, "queue=" + QUEUE).isSuccess());
        said.put("API after deletion", api.external(NAMESPACE, READY, "queue=" + QUEUE).toString());
        said.put("last page", reader.page());
        reader.process().signal(ProcessSignal.TERM);
        reader.process().awaitExit(DEADLINE);
        said.put("log of the reader", reader.process().log());
      }
    }
    for (Adapter adapter : installation.adapters()) {
      said.put("log of " + adapter.process().name(), adapter.process().log());
    }
    said.put("refused configuration", refused("amqp://u:" + IN_URI + "@localhost/a/b"));
    said.put("unreadable configuration", refused("amqp://u:" + IN_URI + "@local host"));
    said.put("printed configuration", printed("amqp://u:" + IN_URI + "@localhost"));

    // What is looked through is what was meant to be.
    assertThat(said.get("log of the reader")).contains("user or password refused", "DEBUG");
    assertThat(said.get("page")).contains("gpuscaling_rabbitmq_polls_total", READY);
    assertThat(said.get("printed configuration")).contains("localhost");
    said.forEach((what, text) -> assertThat(text).as(what).isNotEmpty());
    for (String secret : forms()) {
      said.forEach((what, text) -> assertThat(text).as(what).doesNotContain(secret));
    }
  }

  private Exporter reader(RabbitMqBroker broker, Path passwordFile) {
    return Exporter.ofQueues(
        installation,
        "queue-reader-secrets",
        URI.create("amqp://" + USER + ":" + IN_URI + "@127.0.0.1:" + broker.port()),
        List.of(QUEUE),
        List.of(
            "--rabbitmq-password-file=" + passwordFile,
            "--rabbitmq-management-url=http://127.0.0.1:" + broker.managementPort(),
            "--rabbitmq-prometheus-url=http://127.0.0.1:" + broker.prometheusPort(),
            "--log-level=trace"));
  }

  private static void addUser(RabbitMqBroker broker) {
    broker.rabbitmqctl("add_user", USER, PASSWORD).orThrow();
    broker.rabbitmqctl("set_user_tags", USER, "monitoring").orThrow();
    broker.rabbitmqctl("set_permissions", USER, "^$", "^secret[.].*$", "^$").orThrow();
  }

  private static String refused(String uri) {
    Command.Result result = check(uri);
    assertThat(result.exitCode()).isEqualTo(2);
    return result.stdout() + result.stderr();
  }

  private static String printed(String uri) {
    Command.Result result = check(uri);
    return result.stdout() + result.stderr();
  }

  private static Command.Result check(String uri) {
    return Command.run(
        List.of(
            Repository.path("bin", "gpuscaling-exporter").toString(),
            "check-config",
            "--rabbitmq-queue=" + QUEUE,
            "--rabbitmq-uri=" + uri),
        DEADLINE);
  }

  /** As they are, and as a header, a URL or a dump would hold them. */
  private static List<String> forms() {
    List<String> forms = new ArrayList<>();
    for (String secret : CANARIES) {
      forms.add(secret);
      forms.add(URLEncoder.encode(secret, UTF_8));
      forms.add(Base64.getEncoder().encodeToString(secret.getBytes(UTF_8)));
      forms.add(Base64.getEncoder().encodeToString((USER + ":" + secret).getBytes(UTF_8)));
      forms.add(secret.substring(3));
    }
    return forms;
  }
}
