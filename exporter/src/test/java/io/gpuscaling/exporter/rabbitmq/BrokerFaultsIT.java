package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.relay.Fault;
import io.gpuscaling.testkit.relay.FaultyProxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Faults of the network between the reader and a real broker, on all three interfaces at once. */
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BrokerFaultsIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Logger LOG = LoggerFactory.getLogger(BrokerFaultsIT.class);
  private static final ServedMetric READY = ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY;
  private static final ServedMetric MESSAGES = ServedMetric.RABBITMQ_QUEUE_MESSAGES;

  /** 5 s, and what a busy machine takes. */
  private static final double RECOVERY_SECONDS = 6;

  private ReadBroker read;

  @BeforeAll
  void start() throws Exception {
    read = ReadBroker.start("rabbitmq-faults");
    try (var session = BrokerSession.guest(read.broker)) {
      session.declare("it.three", Map.of());
      session.publish("it.three", 3);
      session.declare("it.eight", Map.of());
      session.publish("it.eight", 8);
    }
  }

  @AfterAll
  void stop() {
    read.close();
  }

  private static FaultyProxy proxy(int port) {
    return FaultyProxy.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private BrokerSettings settings(
      FaultyProxy amqp, FaultyProxy management, FaultyProxy prometheus) {
    return BrokerSettings.parse(
            "default",
            "amqp://" + ReadBroker.USER + "@127.0.0.1:" + amqp.port(),
            read.passwordFile,
            BrokerSettings.TlsFiles.NONE)
        .with(ReadBroker.url(management.port()), List.of(ReadBroker.url(prometheus.port())));
  }

  static List<Fault> faults() {
    return List.of(
        new Fault.Stall(),
        new Fault.StallAfter(3), // within the header of a frame
        new Fault.StallAfter(20), // within its body
        new Fault.Drip(1, Duration.ofMillis(300)),
        new Fault.HalfClose(),
        new Fault.Reset(),
        new Fault.CutAfter(1),
        new Fault.Refuse());
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_givesNoWrongDepthAndIsOverSoon(Fault fault) throws Exception {
    try (var amqp = proxy(read.broker.port());
        var management = proxy(read.broker.managementPort());
        var prometheus = proxy(read.broker.prometheusPort());
        var watching =
            new WatchedSource(settings(amqp, management, prometheus), "it.three", "it.eight")) {
      awaitAll(watching);

      List<FaultyProxy> proxies = List.of(amqp, management, prometheus);
      proxies.forEach(proxy -> proxy.apply(fault));
      await(fault.toString())
          .atMost(DEADLINE)
          .until(() -> watching.said.get().state() instanceof SourceState.Failing);
      proxies.forEach(proxy -> proxy.apply(new Fault.None()));
      long endedAtNanos = Ticker.system().nanos();

      await(fault.toString())
          .atMost(DEADLINE)
          .until(() -> watching.said.get().state() instanceof SourceState.Ok);
      double seconds = (Ticker.system().nanos() - endedAtNanos) / 1e9;
      LOG.info("{}: the source answers {} s after its end", fault, seconds);
      assertThat(seconds).isLessThan(RECOVERY_SECONDS);
      awaitAll(watching);
      assertNothingMixed(watching);
    }
  }

  /** Time-outs without a lost connection: what comes too late is nobody's answer. */
  @Test
  void answersThatComeTooLate_areNeverThoseOfAnotherQueue() throws Exception {
    try (var amqp = proxy(read.broker.port());
        var management = proxy(read.broker.managementPort());
        var prometheus = proxy(read.broker.prometheusPort());
        var watching =
            new WatchedSource(settings(amqp, management, prometheus), "it.three", "it.eight")) {
      for (int i = 0; i < 4; i++) {
        awaitAll(watching);
        amqp.apply(new Fault.Stall());
        long stalledAtNanos = Ticker.system().nanos();
        Duration stall = AmqpQueueProbe.RPC_TIMEOUT.plusMillis(200L * i);
        await()
            .atMost(DEADLINE)
            .until(() -> Ticker.system().nanos() - stalledAtNanos > stall.toNanos());
        amqp.apply(new Fault.None());
      }
      awaitAll(watching);
      assertNothingMixed(watching);
    }
  }

  private static void awaitAll(WatchedSource watching) {
    watching.awaitValue(READY, "it.three", 3);
    watching.awaitValue(READY, "it.eight", 8);
    watching.awaitValue(MESSAGES, "it.three", 3);
    watching.awaitValue(MESSAGES, "it.eight", 8);
  }

  private static void assertNothingMixed(WatchedSource watching) {
    assertThat(watching.depthsByQueue)
        .isEqualTo(Map.of("it.three", Set.of(3.0), "it.eight", Set.of(8.0)));
  }
}
