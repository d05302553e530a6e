package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.process.ProcessSignal;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import io.gpuscaling.testkit.rabbitmq.RabbitMqCluster;
import io.gpuscaling.testkit.rabbitmq.RabbitMqInstallation;
import io.gpuscaling.testkit.rabbitmq.RabbitMqPlugin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real cluster of three, read at its first node, of which the second, which leads the queues, is
 * killed, frozen and parted: a queue with ten messages has ten or is unknown, and never anything
 * else.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BrokerClusterIT {

  private static final Logger LOG = LoggerFactory.getLogger(BrokerClusterIT.class);
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final ServedMetric READY = ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY;
  private static final ServedMetric MESSAGES = ServedMetric.RABBITMQ_QUEUE_MESSAGES;
  private static final int MESSAGE_COUNT = 10;

  private RabbitMqCluster cluster;

  @BeforeAll
  void start() {
    cluster =
        RabbitMqCluster.start(
            ScratchFolder.empty(Path.of("target", "rabbitmq-cluster")),
            RabbitMqInstallation.find(),
            3,
            List.of(RabbitMqPlugin.MANAGEMENT, RabbitMqPlugin.PROMETHEUS));
  }

  @AfterAll
  void stop() {
    cluster.close();
  }

  private BrokerSettings settings() {
    RabbitMqBroker first = cluster.node(0);
    return BrokerSettings.parse(
            "default", "amqp://127.0.0.1:" + first.port(), null, BrokerSettings.TlsFiles.NONE)
        .with(
            ReadBroker.url(first.managementPort()),
            cluster.nodes().stream().map(it -> ReadBroker.url(it.prometheusPort())).toList());
  }

  /** Declares it where it is to be led, and fills it. */
  private void fill(String queue, Map<String, Object> arguments) throws Exception {
    var factory = new ConnectionFactory();
    factory.setUri(cluster.node(1).uri());
    try (Connection connection = factory.newConnection("filler");
        Channel channel = connection.createChannel()) {
      channel.queueDeclare(queue, true, false, false, arguments);
      channel.confirmSelect();
      for (int i = 0; i < MESSAGE_COUNT; i++) {
        channel.basicPublish("", queue, MessageProperties.MINIMAL_PERSISTENT_BASIC, new byte[1]);
      }
      channel.waitForConfirmsOrDie(20_000);
    }
  }

  private WatchedSource watch(String queue) throws Exception {
    var watching = new WatchedSource(settings(), queue);
    awaitAll(watching, queue);
    return watching;
  }

  private static void awaitAll(WatchedSource watching, String queue) {
    await(queue)
        .atMost(DEADLINE)
        .until(() ->
            watching.number(READY, queue) == MESSAGE_COUNT
                && watching.number(MESSAGES, queue) == MESSAGE_COUNT);
  }

  private static void awaitDown(WatchedSource watching, int nodes) {
    await(nodes + " nodes down")
        .atMost(DEADLINE)
        .until(() -> watching.number(ServedMetric.RABBITMQ_BROKER_NODES_DOWN, "") == nodes);
  }

  private static void assertNeverAnotherDepth(WatchedSource watching) {
    assertThat(watching.depths).containsOnly((double) MESSAGE_COUNT);
  }

  @Test
  void leaderKilled_quorumQueue() throws Exception {
    fill("it.quorum.killed", Map.of("x-queue-type", "quorum"));
    try (var watching = watch("it.quorum.killed")) {
      cluster.node(1).kill();
      awaitDown(watching, 1);
      awaitAll(watching, "it.quorum.killed");
      cluster.node(1).restart();
      awaitDown(watching, 0);
      awaitAll(watching, "it.quorum.killed");
      assertNeverAnotherDepth(watching);
    }
  }

  @Test
  void leaderFrozen_quorumQueue() throws Exception {
    fill("it.quorum.frozen", Map.of("x-queue-type", "quorum"));
    try (var watching = watch("it.quorum.frozen")) {
      cluster.node(1).process().signal(ProcessSignal.STOP);
      long frozenAtNanos = Ticker.system().nanos();
      try {
        await("its depth is unknown or known again")
            .atMost(DEADLINE)
            .until(() -> Ticker.system().nanos() - frozenAtNanos > 15_000_000_000L);
      } finally {
        cluster.node(1).process().signal(ProcessSignal.CONT);
      }
      long thawedAtNanos = Ticker.system().nanos();
      awaitAll(watching, "it.quorum.frozen");
      LOG.info("whole again {} s after the thaw", (Ticker.system().nanos() - thawedAtNanos) / 1e9);
      awaitDown(watching, 0);
      assertNeverAnotherDepth(watching);
    }
  }

  @Test
  void majorityLost_quorumQueueIsUnknown() throws Exception {
    fill("it.quorum.minority", Map.of("x-queue-type", "quorum"));
    try (var watching = watch("it.quorum.minority")) {
      cluster.node(1).kill();
      cluster.node(2).kill();
      awaitDown(watching, 2);
      await("it is unknown")
          .atMost(DEADLINE)
          .until(() -> watching.value(READY, "it.quorum.minority") instanceof SampleValue.Unknown);
      cluster.node(1).restart();
      cluster.node(2).restart();
      awaitDown(watching, 0);
      awaitAll(watching, "it.quorum.minority");
      assertNeverAnotherDepth(watching);
    }
  }

  @Test
  @Tag("mirrored-queues")
  void masterKilled_mirroredQueueIsPromotedWithoutAFalseZero() throws Exception {
    cluster
        .node(0)
        .rabbitmqctl(
            "set_policy",
            "mirrored",
            "^it\\.mirrored",
            "{\"ha-mode\":\"all\"}",
            "--apply-to",
            "queues")
        .orThrow();
    fill("it.mirrored", Map.of());
    try (var watching = watch("it.mirrored")) {
      cluster.node(1).kill();
      awaitDown(watching, 1);
      awaitAll(watching, "it.mirrored");
      cluster.node(1).restart();
      awaitDown(watching, 0);
      awaitAll(watching, "it.mirrored");
      assertNeverAnotherDepth(watching);
    }
  }

  @Test
  void nodeOfAClassicQueueKilled_itIsUnreachableAndNotMissing() throws Exception {
    fill("it.classic", Map.of());
    try (var watching = watch("it.classic")) {
      cluster.node(1).kill();
      watching.awaitValue(READY, "it.classic", SampleValue.unknown(UnknownReason.UNREACHABLE));
      cluster.node(1).restart();
      awaitAll(watching, "it.classic");
      assertNeverAnotherDepth(watching);
    }
  }

  @Test
  void leaderParted_partitionIsToldAndTheQueueHasItsDepthOrNone() throws Exception {
    fill("it.quorum.parted", Map.of("x-queue-type", "quorum"));
    try (var watching = watch("it.quorum.parted")) {
      cluster.partition(1);
      try {
        await("nodes are missed")
            .atMost(DEADLINE)
            .until(() ->
                watching.number(ServedMetric.RABBITMQ_BROKER_NODES_DOWN, "") > 0
                    || watching.number(ServedMetric.RABBITMQ_BROKER_PARTITIONS, "") > 0);
      } finally {
        cluster.heal(1);
      }
      awaitDown(watching, 0);
      awaitAll(watching, "it.quorum.parted");
      assertNeverAnotherDepth(watching);
    }
  }
}
