package io.gpuscaling.exporter.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ShutdownSignalException;
import io.gpuscaling.core.config.HostPort;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView.VhostTotals;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import io.prometheus.client.CollectorRegistry;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * The source on a real broker with both plugins, as the user that the documentation asks for: no
 * right but to write into the watched queues, and the tag monitoring.
 */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RabbitSourceIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final String USER = ReadBroker.USER;
  private static final String PASSWORD = ReadBroker.PASSWORD;

  private ReadBroker read;
  private RabbitMqBroker broker;
  private BrokerSession session;
  private Path passwordFile;

  @BeforeAll
  void start() throws Exception {
    read = ReadBroker.start("rabbitmq-source");
    broker = read.broker;
    passwordFile = read.passwordFile;
    session = BrokerSession.guest(broker);
  }

  @AfterAll
  void close() throws Exception {
    session.close();
    broker.close();
  }

  private BrokerSettings amqpOnly(String user, String password) {
    String address = "amqp://" + user + ":" + password + "@127.0.0.1:" + broker.port();
    return BrokerSettings.parse("default", address, null, BrokerSettings.TlsFiles.NONE);
  }

  private BrokerSettings settings() {
    return read.settings();
  }

  private static URI url(int port) {
    return ReadBroker.url(port);
  }

  @Test
  void kindsOfQueues_allQuantities_areRight() throws Exception {
    session.declare("it.classic", Map.of());
    session.declare("it.quorum", Map.of("x-queue-type", "quorum"));
    session.declare("it.priority", Map.of("x-max-priority", 5));
    session.declare("it.stream", Map.of("x-queue-type", "stream"));
    try (var watching =
        new WatchedSource(settings(), "it.classic", "it.quorum", "it.priority", "it.stream")) {
      for (String queue : List.of("it.classic", "it.quorum", "it.priority")) {
        watching.awaitValue(
            ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, queue, SampleValue.exact(0));
        watching.awaitValue(
            ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS, queue, SampleValue.exact(0));
      }

      for (String queue : List.of("it.classic", "it.quorum", "it.priority")) {
        session.publish(queue, 10);
        session.take(queue, 4);
        watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, queue, 6);
        watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_UNACKED, queue, 4);
        watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES, queue, 10);
        await(queue)
            .atMost(DEADLINE)
            .until(() ->
                watching.number(ServedMetric.RABBITMQ_QUEUE_PUBLISHED_PER_SECOND, queue) > 0
                    && watching.number(ServedMetric.RABBITMQ_QUEUE_DELIVERED_PER_SECOND, queue) > 0
                    && watching.number(ServedMetric.RABBITMQ_QUEUE_DRAIN_SECONDS, queue) > 0);
        watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_STUCK, queue, 1);
      }
      assertThat(watching.value(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.stream"))
          .isEqualTo(SampleValue.unknown(UnknownReason.NOT_REPORTED));
      watching.awaitValue(ServedMetric.RABBITMQ_BROKER_ALARMS, "", 0);
      watching.awaitValue(ServedMetric.RABBITMQ_BROKER_NODES_DOWN, "", 0);
    }
  }

  @Test
  void age_fifoQueues_isExact() throws Exception {
    for (Map<String, Object> arguments :
        List.of(Map.<String, Object>of(), Map.<String, Object>of("x-queue-type", "quorum"))) {
      String queue = "it.age" + arguments.size();
      session.declare(queue, arguments);
      try (var watching = new WatchedSource(settings(), queue)) {
        // What is published between the look at the counter and that at the depth is not exact, as
        // it may be on a busy machine: then once more.
        Exactness exactness = exactness(watching, queue);
        for (int i = 0; i < 3 && exactness != Exactness.EXACT; i++) {
          assertThat(exactness).isEqualTo(Exactness.UPPER_BOUND);
          session.channel().queuePurge(queue);
          exactness = exactness(watching, queue);
        }
        assertThat(exactness).isEqualTo(Exactness.EXACT);
      }
    }
  }

  private Exactness exactness(WatchedSource watching, String queue) throws Exception {
    watching.awaitValue(
        ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS, queue, SampleValue.exact(0));
    session.publish(queue, 3);
    long publishedAtNanos = Ticker.system().nanos();
    await()
        .atMost(DEADLINE)
        .until(() ->
            watching.number(ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS, queue) > 4);
    SampleValue age = watching.value(ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS, queue);
    double truth = (Ticker.system().nanos() - publishedAtNanos) / 1e9;
    assertThat(age).isInstanceOf(SampleValue.Known.class);
    var known = (SampleValue.Known) age;
    assertThat(known.value()).isBetween(truth - 0.8, truth + 0.8);
    return known.exactness();
  }

  @Test
  void deadLetters_areAnUpperBound() throws Exception {
    session.declare("it.dead", Map.of());
    session.declare(
        "it.alive", Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", "it.dead"));
    try (var watching = new WatchedSource(settings(), "it.dead")) {
      watching.awaitValue(
          ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.dead", SampleValue.exact(0));
      session.publish("it.alive", 2);
      for (long tag : session.take("it.alive", 2)) {
        session.reject(tag);
      }
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.dead", 2);

      await()
          .atMost(DEADLINE)
          .until(() ->
              watching.value(ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS, "it.dead")
                      instanceof SampleValue.Known(double age, Exactness exactness)
                  && exactness == Exactness.UPPER_BOUND
                  && age > 1
                  && age < 10);
    }
  }

  @Test
  void leastPrivilege_readsAllAndMayDoNothing() throws Exception {
    session.declare("it.guarded", Map.of());
    session.publish("it.guarded", 1);
    try (var watching = new WatchedSource(settings(), "it.guarded");
        var reader = new BrokerSession(broker, USER, Files.readString(passwordFile).strip())) {
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.guarded", 1);
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES, "it.guarded", 1);

      assertRefused(reader, channel -> channel.basicGet("it.guarded", false));
      assertRefused(
          reader, channel -> channel.basicConsume("it.guarded", true, (_, _) -> {}, _ -> {}));
      assertRefused(reader, channel -> channel.queuePurge("it.guarded"));
      assertRefused(reader, channel -> channel.queueDelete("it.guarded"));
      assertRefused(reader, channel -> channel.queueDeclare("it.new", true, false, false, null));
      assertRefused(
          reader,
          channel -> {
            channel.confirmSelect();
            channel.basicPublish("", "it.guarded", null, "x".getBytes(UTF_8));
            channel.waitForConfirms(5_000);
          });
      assertThat(session.channel().queueDeclarePassive("it.guarded").getMessageCount())
          .isEqualTo(1);
    }
  }

  /** What a channel may not do. */
  private interface Forbidden {
    void run(Channel channel) throws Exception;
  }

  private static void assertRefused(BrokerSession reader, Forbidden action) throws Exception {
    Channel channel = reader.newChannel();
    assertThatThrownBy(() -> action.run(channel))
        .satisfiesAnyOf(
            failure -> assertThat(refusal(failure.getCause())).isEqualTo(AMQP.ACCESS_REFUSED),
            failure -> assertThat(refusal(failure)).isEqualTo(AMQP.ACCESS_REFUSED));
  }

  private static int refusal(@Nullable Throwable failure) {
    return failure instanceof ShutdownSignalException signal
            && signal.getReason() instanceof AMQP.Channel.Close close
        ? close.getReplyCode()
        : 0;
  }

  @Test
  void passwordFile_changesWhileConnected_isUsedWithoutAGap() throws Exception {
    session.declare("it.rotated", Map.of());
    session.publish("it.rotated", 1);
    try (var watching = new WatchedSource(settings(), "it.rotated")) {
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.rotated", 1);

      Files.writeString(passwordFile, "not valid yet");
      await().atMost(DEADLINE).until(() -> watching.connects("reload_failed") > 0);
      assertThat(watching.said.get().state()).isInstanceOf(SourceState.Ok.class);
      broker.rabbitmqctl("change_password", USER, "second").orThrow();
      Files.writeString(passwordFile, "second");

      await().atMost(DEADLINE).until(() -> watching.connects("reloaded") == 1);
      session.publish("it.rotated", 1);
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.rotated", 2);
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES, "it.rotated", 2);
      assertThat(watching.connects("ok")).isEqualTo(1);
      assertThat(watching.connects("refused")).isZero();
      broker.rabbitmqctl("change_password", USER, PASSWORD).orThrow();
      Files.writeString(passwordFile, PASSWORD);
      await().atMost(DEADLINE).until(() -> watching.connects("reloaded") == 2);
    }
  }

  @Test
  void userWithoutTag_hasDepthsAndNothingElse() throws Exception {
    session.declare("it.tagless", Map.of());
    session.publish("it.tagless", 3);
    broker.rabbitmqctl("add_user", "tagless", "tagless").orThrow();
    broker.rabbitmqctl("set_permissions", "tagless", "^$", "^it[.].*$", "^$").orThrow();
    BrokerSettings tagless =
        amqpOnly("tagless", "tagless").with(url(broker.managementPort()), List.of());
    try (var watching = new WatchedSource(tagless, "it.tagless")) {
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.tagless", 3);
      watching.awaitValue(
          ServedMetric.RABBITMQ_QUEUE_MESSAGES_UNACKED,
          "it.tagless",
          SampleValue.unknown(UnknownReason.REFUSED));
      watching.awaitValue(
          ServedMetric.RABBITMQ_BROKER_ALARMS, "", SampleValue.unknown(UnknownReason.NOT_REPORTED));
    }
  }

  @Test
  void tagWithoutPermission_anEmptyListIsNoEmptyVhost() throws Exception {
    session.declare("it.blind", Map.of());
    broker.rabbitmqctl("add_user", "blind", "blind").orThrow();
    broker.rabbitmqctl("set_user_tags", "blind", "monitoring").orThrow();
    // The connection is another user's: the management API alone is asked as this one.
    BrokerSettings blind =
        new BrokerSettings(
            "default",
            List.of(new HostPort("127.0.0.1", broker.managementPort())),
            false,
            "/",
            "blind",
            "blind",
            null,
            BrokerSettings.TlsFiles.NONE,
            url(broker.managementPort()),
            List.of());
    try (var stats =
        RabbitSource.stats(
            new RabbitSettings(
                blind,
                List.of(new QueueId("/", "it.blind")),
                RabbitSettings.DEFAULT_POLL_INTERVAL,
                RabbitSettings.DEFAULT_ZERO_CONFIRMATION,
                RabbitSettings.DEFAULT_STUCK_AFTER),
            RabbitMetrics.register(new CollectorRegistry()),
            Ticker.system(),
            new SplittableRandom(1))) {
      stats.start();
      await().atMost(DEADLINE).until(() -> !stats.refresh().management().vhosts().isEmpty());
      assertThat(stats.refresh().management().vhosts())
          .containsEntry("/", new VhostTotals.Unknown(UnknownReason.REFUSED));
    }
  }

  @Test
  void memoryAlarm_depthsStayFreshAndAQuietQueueIsALowerBound() throws Exception {
    session.declare("it.alarm", Map.of());
    try (var watching = new WatchedSource(settings(), "it.alarm")) {
      watching.awaitValue(
          ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.alarm", SampleValue.exact(0));

      broker.rabbitmqctl("set_vm_memory_high_watermark", "0.00001").orThrow();
      try {
        watching.awaitValue(ServedMetric.RABBITMQ_BROKER_ALARMS, "", 1);
        watching.awaitValue(
            ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY,
            "it.alarm",
            new SampleValue.Known(0, Exactness.LOWER_BOUND));
        assertThat(watching.said.get().state()).isInstanceOf(SourceState.Ok.class);
      } finally {
        broker.rabbitmqctl("set_vm_memory_high_watermark", "0.4").orThrow();
      }
      watching.awaitValue(
          ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.alarm", SampleValue.exact(0));
    }
  }

  @Test
  void queueDeletedAndMadeAgain_isMissingAndThenThere() throws Exception {
    session.declare("it.renewed", Map.of());
    session.publish("it.renewed", 2);
    try (var watching = new WatchedSource(settings(), "it.renewed")) {
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.renewed", 2);
      session.channel().queueDelete("it.renewed");
      for (ServedMetric metric :
          List.of(
              ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY,
              ServedMetric.RABBITMQ_QUEUE_MESSAGES_UNACKED,
              ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS,
              ServedMetric.RABBITMQ_QUEUE_STUCK)) {
        watching.awaitValue(metric, "it.renewed", SampleValue.unknown(UnknownReason.MISSING));
      }

      session.declare("it.renewed", Map.of());
      session.publish("it.renewed", 5);

      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY, "it.renewed", 5);
    }
  }
}
