package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.TotalWatcher;
import io.gpuscaling.testkit.process.ProcessSignal;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two queue readers of one broker, with the rights of the manifests: one reads, the other takes
 * over, and through it all whoever asks the metrics API sees the depths that were, in their order.
 */
@Tag("alone")
@Timeout(240)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QueueReaderTakeOverIT {

  private static final Logger LOG = LoggerFactory.getLogger(QueueReaderTakeOverIT.class);
  private static final String NAMESPACE = "queues-it";
  private static final String QUEUE = "shared.jobs";
  private static final String READY = "rabbitmq_queue_messages_ready";
  private static final Duration DEADLINE = Duration.ofSeconds(90);

  /** 5 s are stated; processes and HPA controller of this machine take their part of its cores. */
  private static final double TAKE_OVER_SECONDS = 7;

  private final Installation installation;
  private final RabbitMqBroker broker;
  private final Connection connection;
  private final Channel channel;
  private Exporter one;
  private Exporter other;
  private int published;

  QueueReaderTakeOverIT(Installation installation) throws Exception {
    this.installation = installation;
    installation.plane().objects().namespace(NAMESPACE);
    broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Path.of("target", "shared-broker").toAbsolutePath()));
    var factory = new ConnectionFactory();
    factory.setUri(broker.uri());
    connection = factory.newConnection();
    channel = connection.createChannel();
    channel.queueDeclare(QUEUE, true, false, false, Map.of());
    channel.confirmSelect();
    one = reader("queue-reader-one");
    other = reader("queue-reader-other");
  }

  private Exporter reader(String name) {
    return Exporter.ofSharedQueues(installation, name, broker.uri(), List.of(QUEUE));
  }

  @AfterAll
  void stop() {
    one.close();
    other.close();
    connection.abort(2_000);
    broker.close();
  }

  private void publish(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      channel.basicPublish("", QUEUE, null, new byte[1]);
    }
    channel.waitForConfirmsOrDie(10_000);
    published += count;
  }

  private void awaitOneReads() {
    await("one of two reads")
        .atMost(DEADLINE)
        .until(() -> one.isReading("default") != other.isReading("default"));
    if (other.isReading("default")) {
      Exporter swap = one;
      one = other;
      other = swap;
    }
  }

  /** Publishes, and waits until the metrics API says so. */
  private double secondsUntilSeen(int count) throws Exception {
    long beganAtNanos = Ticker.system().nanos();
    publish(count);
    new MetricsApi(installation.plane()).awaitTotal(NAMESPACE, READY, "queue=" + QUEUE, published);
    return (Ticker.system().nanos() - beganAtNanos) / 1e9;
  }

  @Test
  void holderIsKilledFrozenAndStopped_theOtherTakesOverWithoutAWrongValue() throws Exception {
    awaitOneReads();
    publish(30);
    new MetricsApi(installation.plane()).awaitTotal(NAMESPACE, READY, "queue=" + QUEUE, published);
    try (var watcher = TotalWatcher.start(installation.plane(), NAMESPACE, READY, QUEUE)) {
      one.process().kill();
      double killed = secondsUntilSeen(5);
      assertThat(other.isReading("default")).isTrue();
      String name = one.process().name();
      one.close();
      one = reader(name);
      awaitOneReads();

      one.process().signal(ProcessSignal.STOP);
      double frozen = secondsUntilSeen(5);
      assertThat(other.isReading("default")).isTrue();
      one.process().signal(ProcessSignal.CONT);
      await("the thawed one has noticed").atMost(DEADLINE).until(() -> !one.isReading("default"));
      secondsUntilSeen(5);
      awaitOneReads();

      one.process().signal(ProcessSignal.TERM);
      double stopped = secondsUntilSeen(5);
      assertThat(other.isReading("default")).isTrue();

      LOG.info(
          "new value after kill -9: {} s, SIGSTOP: {} s, SIGTERM: {} s", killed, frozen, stopped);
      assertThat(List.of(killed, frozen)).allMatch(seconds -> seconds < TAKE_OVER_SECONDS);
      assertThat(stopped).isLessThan(3.5);
      // Nothing but what the queue held at some time, and never less after more.
      assertThat(watcher.totals()).isSorted().allMatch(total -> total >= 30 && total <= 50);
      assertThat(watcher.totals()).contains(30.0, 50.0);
    }
  }
}
