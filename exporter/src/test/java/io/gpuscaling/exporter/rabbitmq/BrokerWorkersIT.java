package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.gpuscaling.core.metric.BrokerWorkers;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.time.Ticker;
import io.prometheus.client.CollectorRegistry;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Which worker of a real broker has what, by its management API. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BrokerWorkersIT {

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final String QUEUE = "it.gpu";

  private final AtomicReference<SourceSnapshot> said = new AtomicReference<>();
  private final CollectorRegistry registry = new CollectorRegistry();
  private ReadBroker read;
  private BrokerSession session;
  private RabbitSource source;

  @SuppressWarnings("NullAway.Init") // before all tests
  BrokerWorkersIT() {}

  @BeforeAll
  void start() throws Exception {
    read = ReadBroker.start("rabbitmq-workers");
    session = BrokerSession.guest(read.broker);
    session.declare(QUEUE, Map.of());
    session.declare("mail", Map.of());
    Duration second = Duration.ofSeconds(1);
    source =
        RabbitSource.create(
            new RabbitSettings(
                read.settings(),
                QueueSelection.of(List.of(new QueueId("/", QUEUE))),
                second,
                second,
                second,
                true),
            "test-workers",
            () -> true,
            said::set,
            RabbitMetrics.register(registry),
            Ticker.system(),
            new SplittableRandom(1));
    source.start();
  }

  @AfterAll
  void close() {
    source.close();
    session.close();
    read.close();
  }

  /** A worker that takes messages and acknowledges none. */
  private Connection worker(String from, Map<String, Object> properties, String queue, int prefetch)
      throws Exception {
    var factory = new ConnectionFactory();
    factory.setUri(read.broker.uri());
    factory.setAutomaticRecoveryEnabled(false);
    factory.setSocketConfigurator(socket -> socket.bind(new InetSocketAddress(from, 0)));
    var all = new HashMap<>(factory.getClientProperties());
    all.putAll(properties);
    factory.setClientProperties(all);
    Connection connection = factory.newConnection();
    Channel channel = connection.createChannel();
    channel.basicQos(prefetch);
    channel.basicConsume(queue, false, (_, _) -> {}, _ -> {});
    return connection;
  }

  private Map<String, SampleValue> workers() {
    var workers = new HashMap<String, SampleValue>();
    SourceSnapshot now = said.get();
    for (Sample sample : now == null ? List.<Sample>of() : now.samples()) {
      if (sample.series().metric().equals(BrokerWorkers.UNACKED)) {
        Labels labels = sample.series().labels();
        assertThat(labels.get(BrokerWorkers.BROKER)).isEqualTo("default");
        assertThat(Long.parseLong(labels.getOrEmpty(BrokerWorkers.SINCE)))
            .isGreaterThan(1_700_000_000);
        String pod = labels.get(BrokerWorkers.POD);
        workers.put(
            (pod == null ? "" : labels.get(BrokerWorkers.NAMESPACE) + "/" + pod)
                + "@"
                + labels.get(BrokerWorkers.ADDRESS),
            sample.value());
      }
    }
    return workers;
  }

  @Test
  void workers_byTagAndByAddress_haveWhatTheyHold() throws Exception {
    Map<String, Object> tagged = Map.of("gpuscaling.pod", "team/worker-0");
    Connection one = worker("127.0.0.11", tagged, QUEUE, 1);
    try (Connection two = worker("127.0.0.12", Map.of(), QUEUE, 5);
        Connection idle =
            worker("127.0.0.13", Map.of("connection_name", "team/worker-2@gpu-1"), QUEUE, 1);
        Connection mail = worker("127.0.0.14", Map.of(), "mail", 1)) {
      assertThat(List.of(one, two, idle, mail)).allMatch(Connection::isOpen);
      await()
          .atMost(DEADLINE)
          .untilAsserted(() ->
              assertThat(workers())
                  .containsOnly(
                      Map.entry("team/worker-0@127.0.0.11", SampleValue.exact(0)),
                      Map.entry("@127.0.0.12", SampleValue.exact(0)),
                      Map.entry("team/worker-2@127.0.0.13", SampleValue.exact(0))));

      session.publish(QUEUE, 7);
      session.publish("mail", 1);

      await()
          .atMost(DEADLINE)
          .untilAsserted(() ->
              assertThat(workers())
                  .containsOnly(
                      Map.entry("team/worker-0@127.0.0.11", SampleValue.exact(1)),
                      Map.entry("@127.0.0.12", new SampleValue.Known(5, Exactness.UPPER_BOUND)),
                      Map.entry("team/worker-2@127.0.0.13", SampleValue.exact(1))));
      assertThat(
              registry.getSampleValue(
                  "gpuscaling_rabbitmq_worker_unacked",
                  new String[] {"broker", "worker", "exactness"},
                  new String[] {"default", "127.0.0.12", "upper_bound"}))
          .isEqualTo(5);

      one.abort();
      await()
          .atMost(DEADLINE)
          .untilAsserted(() -> assertThat(workers()).doesNotContainKey("team/worker-0@127.0.0.11"));
    }
  }
}
