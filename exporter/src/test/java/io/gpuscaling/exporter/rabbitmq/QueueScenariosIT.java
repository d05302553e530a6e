package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.MessageProperties;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What happens to queues, brokers and users in the field, on a real broker. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class QueueScenariosIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final ServedMetric READY = ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY;
  private static final ServedMetric UNACKED = ServedMetric.RABBITMQ_QUEUE_MESSAGES_UNACKED;
  private static final ServedMetric AGE = ServedMetric.RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS;
  private static final ServedMetric STUCK = ServedMetric.RABBITMQ_QUEUE_STUCK;

  private ReadBroker read;
  private BrokerSession session;

  @BeforeAll
  void start() throws Exception {
    read = ReadBroker.start("rabbitmq-scenarios");
  }

  @AfterAll
  void stop() {
    read.close();
  }

  @BeforeEach
  void connect() throws Exception {
    session = BrokerSession.guest(read.broker);
  }

  @AfterEach
  void disconnect() {
    read.grant("/");
    session.close();
  }

  private WatchedSource watch(String... queues) throws Exception {
    return new WatchedSource(read.settings(), queues);
  }

  private static void awaitState(WatchedSource watching, Class<? extends SourceState> state) {
    await(state.getSimpleName())
        .atMost(DEADLINE)
        .until(() -> state.isInstance(watching.said.get().state()));
  }

  @Test
  void brokerRestartedAndKilled_failsMeanwhileAndNeverSaysAnotherDepth() throws Exception {
    session.declare("it.durable", Map.of());
    for (int i = 0; i < 5; i++) {
      session
          .channel()
          .basicPublish("", "it.durable", MessageProperties.MINIMAL_PERSISTENT_BASIC, new byte[1]);
    }
    session.channel().waitForConfirmsOrDie(10_000);
    try (var watching = watch("it.durable")) {
      watching.awaitValue(READY, "it.durable", 5);

      read.broker.stop();
      awaitState(watching, SourceState.Failing.class);
      read.broker.restart();
      awaitState(watching, SourceState.Ok.class);
      watching.awaitValue(READY, "it.durable", 5);
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_MESSAGES, "it.durable", 5);

      read.broker.kill();
      awaitState(watching, SourceState.Failing.class);
      read.broker.restart();
      awaitState(watching, SourceState.Ok.class);
      watching.awaitValue(READY, "it.durable", 5);

      assertThat(watching.depths).containsOnly(5.0);
    }
  }

  @Test
  void userDeleted_isRefused_andMadeAgain_reads() throws Exception {
    session.declare("it.user", Map.of());
    session.publish("it.user", 2);
    try (var watching = watch("it.user")) {
      watching.awaitValue(READY, "it.user", 2);

      read.broker.rabbitmqctl("delete_user", ReadBroker.USER).orThrow();
      await()
          .atMost(DEADLINE)
          .until(() ->
              watching.said.get().state() instanceof SourceState.Failing(_, UnknownReason reason)
                  && reason == UnknownReason.REFUSED);
      assertThat(watching.connects("refused")).isPositive();

      read.addUser();
      awaitState(watching, SourceState.Ok.class);
      watching.awaitValue(READY, "it.user", 2);
      assertThat(watching.depths).containsOnly(2.0);
    }
  }

  @Test
  void permissionRevoked_isRefusedWhereItCanBeSeen_andNeverZero() throws Exception {
    session.declare("it.revoked", Map.of());
    session.publish("it.revoked", 2);
    try (var watching = watch("it.revoked")) {
      watching.awaitValue(UNACKED, "it.revoked", 0);

      read.broker.rabbitmqctl("clear_permissions", ReadBroker.USER).orThrow();
      // The open connection goes on; the list of the management API is empty, which is no zero, or
      // not there (4.3).
      await()
          .atMost(DEADLINE)
          .until(() -> watching.value(UNACKED, "it.revoked") instanceof SampleValue.Unknown);
      assertThat(watching.number(READY, "it.revoked")).isEqualTo(2);
      read.broker.rabbitmqctl("close_all_connections", "by the test").orThrow();
      await()
          .atMost(DEADLINE)
          .until(() ->
              watching.said.get().state() instanceof SourceState.Failing(_, UnknownReason reason)
                  && reason == UnknownReason.REFUSED);

      read.grant("/");
      awaitState(watching, SourceState.Ok.class);
      watching.awaitValue(READY, "it.revoked", 2);
      watching.awaitValue(UNACKED, "it.revoked", 0);
      assertThat(watching.depths).containsOnly(2.0);
    }
  }

  @Test
  void renamed_theOldNameIsMissingAndTheNewOneHasItsOwnPast() throws Exception {
    session.declare("it.old", Map.of());
    session.publish("it.old", 4);
    try (var watching = watch("it.old", "it.new")) {
      watching.awaitValue(READY, "it.old", 4);
      session.channel().queueDelete("it.old");
      session.declare("it.new", Map.of());
      session.publish("it.new", 1);

      watching.awaitValue(READY, "it.new", 1);
      watching.awaitValue(READY, "it.old", SampleValue.unknown(UnknownReason.MISSING));
      watching.awaitValue(AGE, "it.old", SampleValue.unknown(UnknownReason.MISSING));
    }
  }

  @Test
  void purgeAndExpiry_leaveAnEmptyQueueWithoutAge() throws Exception {
    session.declare("it.purged", Map.of());
    session.declare("it.expiring", Map.of("x-message-ttl", 1_500));
    try (var watching = watch("it.purged", "it.expiring")) {
      watching.awaitValue(AGE, "it.purged", SampleValue.exact(0));
      watching.awaitValue(AGE, "it.expiring", SampleValue.exact(0));
      session.publish("it.purged", 20);
      watching.awaitValue(READY, "it.purged", 20);
      session.channel().queuePurge("it.purged");
      session.publish("it.expiring", 3);
      watching.awaitValue(READY, "it.expiring", 3);

      for (String queue : List.of("it.purged", "it.expiring")) {
        watching.awaitValue(READY, queue, SampleValue.exact(0));
        watching.awaitValue(AGE, queue, SampleValue.exact(0));
      }
      // What comes then is as old as it is, not as what was thrown away.
      session.publish("it.purged", 1);
      watching.awaitValue(READY, "it.purged", 1);
      assertThat(watching.number(AGE, "it.purged")).isLessThan(3);
    }
  }

  @Test
  void requeueStorm_depthIsNeverMoreThanThereIs_andTheAgeGoesOn() throws Exception {
    session.declare("it.storm", Map.of());
    try (var watching = watch("it.storm")) {
      watching.awaitValue(AGE, "it.storm", SampleValue.exact(0));
      session.publish("it.storm", 10);
      long publishedAtNanos = Ticker.system().nanos();
      watching.awaitValue(READY, "it.storm", 10);
      while (Ticker.system().nanos() - publishedAtNanos < 5_000_000_000L) {
        for (long tag : session.take("it.storm", 10)) {
          session.giveBack(tag);
        }
      }

      watching.awaitValue(READY, "it.storm", 10);
      double truth = (Ticker.system().nanos() - publishedAtNanos) / 1e9;
      SampleValue age = watching.value(AGE, "it.storm");
      assertThat(age).isInstanceOf(SampleValue.Known.class);
      var known = (SampleValue.Known) age;
      assertThat(known.exactness()).isNotEqualTo(Exactness.LOWER_BOUND);
      assertThat(known.value()).isBetween(truth - 2.5, truth + 2.5);
      assertThat(watching.depths).allMatch(depth -> depth >= 0 && depth <= 10);
    }
  }

  @Test
  void prefetch1And100_whatConsumersHoldIsUnackedAndTheZeroIsBelievedAtOnce() throws Exception {
    session.declare("it.one", Map.of());
    session.declare("it.hundred", Map.of());
    session.publish("it.one", 100);
    session.publish("it.hundred", 100);
    try (var watching = watch("it.one", "it.hundred")) {
      consume("it.one", 1);
      consume("it.hundred", 100);

      watching.awaitValue(READY, "it.one", 99);
      watching.awaitValue(UNACKED, "it.one", 1);
      watching.awaitValue(READY, "it.hundred", SampleValue.exact(0));
      watching.awaitValue(UNACKED, "it.hundred", 100);
      watching.awaitValue(ServedMetric.RABBITMQ_QUEUE_CONSUMERS, "it.hundred", 1);
      // One that holds its task stops the queue; one that took everything does not.
      watching.awaitValue(STUCK, "it.one", 1);
      watching.awaitValue(STUCK, "it.hundred", 0);
    }
  }

  private void consume(String queue, int prefetch) throws Exception {
    Channel channel = session.newChannel();
    channel.basicQos(prefetch);
    channel.basicConsume(queue, false, (_, _) -> {}, _ -> {});
  }

  @Test
  void automaticAcknowledgement_isWorkThatNobodySeesButRates() throws Exception {
    session.declare("it.auto", Map.of());
    try (var watching = watch("it.auto")) {
      watching.awaitValue(AGE, "it.auto", SampleValue.exact(0));
      session.newChannel().basicConsume("it.auto", true, (_, _) -> {}, _ -> {});
      session.publish("it.auto", 50);

      await()
          .atMost(DEADLINE)
          .until(() ->
              watching.number(ServedMetric.RABBITMQ_QUEUE_DELIVERED_PER_SECOND, "it.auto") > 0
                  && watching.number(ServedMetric.RABBITMQ_QUEUE_ACKNOWLEDGED_PER_SECOND, "it.auto")
                      > 0);
      watching.awaitValue(READY, "it.auto", SampleValue.exact(0));
      watching.awaitValue(UNACKED, "it.auto", 0);
    }
  }

  @Test
  void steadyConsumer_drainTimeIsWhatIsLeftByItsRate_andTheQueueIsNotStuck() throws Exception {
    session.declare("it.drained", Map.of());
    session.publish("it.drained", 200);
    try (var watching = watch("it.drained")) {
      watching.awaitValue(STUCK, "it.drained", 1);
      long beganAtNanos = Ticker.system().nanos();
      await()
          .atMost(DEADLINE)
          .pollInterval(Duration.ofMillis(200))
          .until(() -> {
            for (long tag : session.take("it.drained", 2)) {
              session.acknowledge(tag);
            }
            return Ticker.system().nanos() - beganAtNanos > 8_000_000_000L;
          });

      double ready = watching.number(READY, "it.drained");
      double rate = watching.number(ServedMetric.RABBITMQ_QUEUE_DELIVERED_PER_SECOND, "it.drained");
      assertThat(rate).isPositive();
      assertThat(watching.number(ServedMetric.RABBITMQ_QUEUE_DRAIN_SECONDS, "it.drained"))
          .isBetween(0.5 * ready / rate, 2 * ready / rate);
      watching.awaitValue(STUCK, "it.drained", 0);
    }
  }

  @Test
  void alarm_blockedPublishersAreCounted_andTheRateIsALowerBound() throws Exception {
    session.declare("it.blocked", Map.of());
    session.publish("it.blocked", 1);
    try (var watching = watch("it.blocked");
        var publisher = BrokerSession.guest(read.broker)) {
      watching.awaitValue(ServedMetric.RABBITMQ_BROKER_BLOCKED_CONNECTIONS, "", 0);
      read.broker.rabbitmqctl("set_vm_memory_high_watermark", "0.00001").orThrow();
      try {
        watching.awaitValue(ServedMetric.RABBITMQ_BROKER_ALARMS, "", 1);
        publisher.channel().basicPublish("", "it.blocked", null, new byte[1]);
        watching.awaitValue(ServedMetric.RABBITMQ_BROKER_BLOCKED_CONNECTIONS, "", 1);
        await()
            .atMost(DEADLINE)
            .until(() ->
                watching.value(ServedMetric.RABBITMQ_QUEUE_PUBLISHED_PER_SECOND, "it.blocked")
                        instanceof SampleValue.Known(_, Exactness exactness)
                    && exactness == Exactness.LOWER_BOUND);
      } finally {
        read.broker.rabbitmqctl("set_vm_memory_high_watermark", "0.4").orThrow();
      }
      watching.awaitValue(ServedMetric.RABBITMQ_BROKER_BLOCKED_CONNECTIONS, "", 0);
      watching.awaitValue(ServedMetric.RABBITMQ_BROKER_ALARMS, "", 0);
    }
  }
}
