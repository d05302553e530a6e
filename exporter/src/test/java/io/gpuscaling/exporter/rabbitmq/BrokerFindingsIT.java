package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.ConnectionFactory;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.testkit.process.LoopbackPorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Rights, tags, plug-ins and names that a real broker lacks, each found by the source. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BrokerFindingsIT {

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final String QUEUE = "it.found";

  private ReadBroker broker;

  @SuppressWarnings("NullAway.Init") // before all tests
  BrokerFindingsIT() {}

  @BeforeAll
  void start() throws Exception {
    broker = ReadBroker.start("rabbitmq-findings");
    var factory = new ConnectionFactory();
    factory.setUri(broker.broker.uri());
    try (var connection = factory.newConnection();
        var channel = connection.createChannel()) {
      channel.queueDeclare(QUEUE, true, false, false, Map.of());
    }
    broker.broker.rabbitmqctl("add_vhost", "closed").orThrow();
  }

  @AfterAll
  void close() {
    broker.close();
  }

  private static void awaitCode(WatchedSource source, String code, String subject) {
    await(code + " about " + subject)
        .atMost(DEADLINE)
        .until(() ->
            Stream.ofNullable(source.said.get())
                .flatMap(it -> it.findings().stream())
                .anyMatch(it -> it.code().equals(code) && it.subject().contains(subject)));
  }

  @Test
  void userAsDocumented_findsNothing() throws Exception {
    try (var source = new WatchedSource(broker.settings(), QUEUE)) {
      source.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_UNACKED, QUEUE, 0);

      assertThat(source.said.get().findings()).isEmpty();
    }
  }

  @Test
  void vhost_thatIsClosedToTheUser_andAQueueThatIsNot_areNamed() throws Exception {
    var selection =
        QueueSelection.of(
            List.of(
                new QueueId("/", QUEUE),
                new QueueId("/", "it.nowhere"),
                new QueueId("closed", "it.any")));
    try (var source = new WatchedSource(broker.settings(), selection)) {
      awaitCode(source, "amqp_refused", "vhost closed: no access to the vhost");
      awaitCode(source, "queue_missing", "vhost /, queue it.nowhere");
      assertThat(source.said.get().findings())
          .extracting(SourceFinding::subject)
          .noneMatch(it -> it.contains(QUEUE));
    }
  }

  @Test
  void password_thatIsWrong_isNamed() throws Exception {
    Path wrong = Files.writeString(Path.of("target", "rabbitmq-findings", "wrong"), "wrong");
    BrokerSettings settings =
        BrokerSettings.parse(
            "default",
            "amqp://" + ReadBroker.USER + "@127.0.0.1:" + broker.broker.port(),
            wrong,
            BrokerSettings.TlsFiles.NONE);
    try (var source = new WatchedSource(settings, QUEUE)) {
      awaitCode(source, "amqp_refused", "vhost /: user or password refused");
    }
  }

  @Test
  void tag_thatIsMissing_isNamed_andGoneWhenItIsThere() throws Exception {
    broker.broker.rabbitmqctl("set_user_tags", ReadBroker.USER, "management").orThrow();
    try (var source = new WatchedSource(broker.settings(), QUEUE)) {
      awaitCode(source, "management_failed", "nodes: status 401");
      broker.broker.rabbitmqctl("set_user_tags", ReadBroker.USER).orThrow();
      awaitCode(source, "management_failed", "/: status 401");

      broker.broker.rabbitmqctl("set_user_tags", ReadBroker.USER, "monitoring").orThrow();
      await("all well").atMost(DEADLINE).until(() -> source.said.get().findings().isEmpty());
    } finally {
      broker.broker.rabbitmqctl("set_user_tags", ReadBroker.USER, "monitoring").orThrow();
    }
  }

  /** A plug-in that is off is a port at which nobody listens. */
  @Test
  void plugins_thatAreOff_areNamed() throws Exception {
    List<Integer> nobody = LoopbackPorts.free(2);
    BrokerSettings settings =
        broker
            .amqpOnly()
            .with(ReadBroker.url(nobody.get(0)), List.of(ReadBroker.url(nobody.get(1))));
    try (var source = new WatchedSource(settings, QUEUE)) {
      awaitCode(source, "management_failed", "/: no whole answer: ConnectException");
      awaitCode(source, "prometheus_failed", "no whole answer: ConnectException");
    }
  }
}
