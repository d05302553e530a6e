package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.gpuscaling.core.config.HostPort;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.testkit.process.LoopbackPorts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Several vhosts, queues by pattern, several addresses, on a real broker. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class QueueDiscoveryIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final ServedMetric READY = ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY;

  private ReadBroker broker;
  private Connection media;
  private Channel channel;

  @BeforeAll
  void start() throws Exception {
    broker = ReadBroker.start("rabbitmq-discovery");
    broker.broker.rabbitmqctl("add_vhost", "media").orThrow();
    broker
        .broker
        .rabbitmqctl("set_permissions", "-p", "media", "guest", ".*", ".*", ".*")
        .orThrow();
    broker.grant("media");
    var factory = new ConnectionFactory();
    factory.setUri(broker.broker.uri());
    factory.setVirtualHost("media");
    media = factory.newConnection("media");
    channel = media.createChannel();
    channel.confirmSelect();
  }

  @AfterAll
  void close() {
    media.abort(2_000);
    broker.close();
  }

  private void declare(String queue, int messages) throws Exception {
    channel.queueDeclare(queue, true, false, false, Map.of());
    for (int i = 0; i < messages; i++) {
      channel.basicPublish("", queue, null, new byte[1]);
    }
    channel.waitForConfirmsOrDie(10_000);
  }

  private static QueueSelection matching(String pattern, int maxQueues, QueueId... named) {
    return new QueueSelection(
        List.of(named), List.of(new QueuePattern("media", pattern)), maxQueues);
  }

  @Test
  void pattern_followsQueuesThatComeAndGo() throws Exception {
    declare("it.video.a", 1);
    declare("it.audio", 9);
    channel.queueDeclare("it.video.stream", true, false, false, Map.of("x-queue-type", "stream"));
    channel.queueDeclare("it.video.mine", false, true, false, Map.of());
    var jobs = new QueueId("/", "it.jobs");
    try (var watching = new WatchedSource(broker.settings(), matching("it.video.*", 10, jobs))) {
      watching.awaitValue(READY, "it.video.a", 1);
      assertThat(watching.queues()).containsExactlyInAnyOrder("it.jobs", "it.video.a");
      assertThat(watching.value(READY, "it.jobs"))
          .isEqualTo(SampleValue.unknown(UnknownReason.MISSING));

      declare("it.video.b", 2);
      watching.awaitValue(READY, "it.video.b", 2);
      channel.queueDelete("it.video.a");
      await().atMost(DEADLINE).until(() -> !watching.queues().contains("it.video.a"));
      assertThat(watching.queues()).containsExactlyInAnyOrder("it.jobs", "it.video.b");
    }
  }

  @Test
  void moreMatchThanFit_thePatternIsUnknown() throws Exception {
    for (String queue : List.of("it.many.a", "it.many.b", "it.many.c")) {
      declare(queue, 1);
    }
    try (var watching = new WatchedSource(broker.settings(), matching("it.many.*", 2))) {
      watching.awaitValue(READY, "it.many.b", 1);
      assertThat(watching.queues())
          .containsExactlyInAnyOrder("it.many.a", "it.many.b", "it.many.*");
      assertThat(watching.value(READY, "it.many.*"))
          .isEqualTo(SampleValue.unknown(UnknownReason.NOT_REPORTED));
    }
  }

  @Test
  void noManagementApi_aPatternIsNeverAnEmptyList() throws Exception {
    declare("it.alone.a", 1);
    int nobody = LoopbackPorts.free(1).getFirst();
    BrokerSettings settings = broker.amqpOnly().with(ReadBroker.url(nobody), List.of());
    try (var watching = new WatchedSource(settings, matching("it.alone.*", 2))) {
      await()
          .atMost(DEADLINE)
          .until(() ->
              watching
                  .said
                  .get()
                  .state()
                  .equals(new SourceState.NeverObserved(UnknownReason.UNREACHABLE)));
      assertThat(watching.said.get().samples()).isEmpty();
    }
  }

  @Test
  void firstAddressIsDead_theNextIsTaken() throws Exception {
    declare("it.second", 4);
    int nobody = LoopbackPorts.free(1).getFirst();
    BrokerSettings settings =
        BrokerSettings.parse(
                "default",
                "amqp://" + ReadBroker.USER + "@127.0.0.1:" + nobody,
                broker.passwordFile,
                BrokerSettings.TlsFiles.NONE)
            .withAddresses(List.of(new HostPort("127.0.0.1", broker.broker.port())));
    try (var watching =
        new WatchedSource(
            settings, QueueSelection.of(List.of(new QueueId("media", "it.second"))))) {
      watching.awaitValue(READY, "it.second", 4);
    }
  }
}
