package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.FakeBroker.Behaviour;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AmqpQueueProbeTest extends QueueProbeContract {

  private static final Duration RPC_TIMEOUT = Duration.ofMillis(300);
  private static final long LONGEST_BACK_OFF_NANOS = 15_000_000_000L;

  private final AtomicLong nanos = new AtomicLong();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final RabbitMetrics metrics = RabbitMetrics.register(registry);
  private FakeBroker broker;

  AmqpQueueProbeTest() throws IOException {
    broker = new FakeBroker();
  }

  @AfterEach
  void close() throws IOException {
    broker.close();
  }

  @Override
  QueueProbe createProbe() {
    return probe(broker.settings(FakeBroker.PASSWORD), "/");
  }

  @Override
  void putQueue(String name, int ready, int consumers) {
    broker.put(name, ready, consumers);
  }

  @Override
  void removeQueue(String name) {}

  private QueueProbe probe(BrokerSettings settings, String vhost) {
    return new AmqpQueueProbe(
        settings, vhost, "test", RPC_TIMEOUT, metrics, nanos::get, new SplittableRandom(1));
  }

  private static Map<String, QueueAnswer> answers(ProbeResult result) {
    assertThat(result).isInstanceOf(ProbeResult.Answered.class);
    return ((ProbeResult.Answered) result).answers();
  }

  private static UnknownReason unavailable(ProbeResult result) {
    assertThat(result).isInstanceOf(ProbeResult.Unavailable.class);
    ProbeResult.Unavailable unavailable = (ProbeResult.Unavailable) result;
    assertThat(unavailable.detail()).isNotEmpty().doesNotContain(FakeBroker.PASSWORD);
    return unavailable.reason();
  }

  private double connects(String outcome) {
    Double count =
        registry.getSampleValue(
            "gpuscaling_rabbitmq_connects_total",
            new String[] {"broker", "outcome"},
            new String[] {"default", outcome});
    return count == null ? 0 : count;
  }

  @ParameterizedTest
  @CsvSource({
    "404,NOT_FOUND - no queue 'q' in vhost '/',MISSING",
    "404,NOT_FOUND - home node 'b@h' of durable queue 'q' in vhost '/' is down or inaccessible,"
        + "NODE_DOWN",
    "403,ACCESS_REFUSED - access to queue 'q' refused,REFUSED",
    "405,RESOURCE_LOCKED - cannot obtain exclusive access,LOCKED",
    "541,INTERNAL_ERROR,OTHER",
  })
  void refusals_areToldApart(int code, String text, QueueProblem expected) throws Exception {
    broker.put("q", new Behaviour.CloseChannel(code, text));
    broker.put("r", 5, 1);

    assertThat(answers(ask(open(), "q", "r")))
        .containsEntry("q", new QueueAnswer.None(expected))
        .containsEntry("r", new QueueAnswer.Depth(5, 1));
    assertThat(broker.accepted()).isEqualTo(1);
  }

  @Test
  void silentQueue_timesOutAndTheNextAnswerIsNotItsOwn() throws Exception {
    broker.put("hung", new Behaviour.Silent());
    broker.put("r", 5, 1);
    QueueProbe probe = open();

    Map<String, QueueAnswer> answers = answers(ask(probe, "hung", "r"));

    assertThat(answers)
        .containsEntry("hung", new QueueAnswer.None(QueueProblem.TIMEOUT))
        .containsEntry("r", new QueueAnswer.Depth(5, 1));
    assertThat(broker.accepted()).isEqualTo(1);
  }

  @Test
  void manyQueues_areAskedOverAFewChannels() throws Exception {
    List<String> queues = IntStream.range(0, 500).mapToObj(i -> "q" + i).toList();
    queues.forEach(queue -> broker.put(queue, Integer.parseInt(queue.substring(1)), 1));
    QueueProbe probe = open();

    for (int sweep = 0; sweep < 3; sweep++) {
      Map<String, QueueAnswer> answers = answers(ask(probe, queues.toArray(String[]::new)));

      assertThat(answers).hasSize(500);
      queues.forEach(queue ->
          assertThat(answers)
              .containsEntry(
                  queue, new QueueAnswer.Depth(Integer.parseInt(queue.substring(1)), 1)));
    }
    assertThat(broker.accepted()).isEqualTo(1);
    assertThat(broker.channels()).hasSizeBetween(2, DeclareChannels.MAX_CHANNELS);
  }

  @Test
  void brokerThatAllowsFewChannels_isAskedOverThose() throws Exception {
    broker.allowChannels(2);
    List<String> queues = IntStream.range(0, 40).mapToObj(i -> "q" + i).toList();
    queues.forEach(queue -> broker.put(queue, 1, 0));

    assertThat(answers(ask(open(), queues.toArray(String[]::new)))).hasSize(40);
    assertThat(broker.channels()).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void sweepThatTakesTooLong_endsWithWhatIsKnown_andLateAnswersAreNobodys() throws Exception {
    QueueProbe probe = patient();
    broker.put("r", 5, 1);
    answers(ask(probe, "r"));
    List<String> held =
        IntStream.range(0, DeclareChannels.MAX_CHANNELS).mapToObj(i -> "held" + i).toList();
    held.forEach(queue -> broker.put(queue, new Behaviour.Held(7, 7)));
    List<String> queues = new ArrayList<>(held);
    queues.add("r");

    Map<String, QueueAnswer> answers =
        answers(probe.probe(queues, Set.of(), Duration.ofMillis(200)));

    // All channels wait for one that does not answer: the last was not asked for, and not blamed.
    assertThat(answers).containsOnlyKeys(held);
    assertThat(answers.values()).containsOnly(new QueueAnswer.None(QueueProblem.TIMEOUT));
    assertThat(answers(ask(probe, "r"))).containsEntry("r", new QueueAnswer.Depth(5, 1));
    broker.release();
    held.forEach(queue -> broker.put(queue, 3, 0));
    for (int i = 0; i < 5; i++) {
      assertThat(answers(ask(probe, queues.toArray(String[]::new))))
          .containsEntry("r", new QueueAnswer.Depth(5, 1))
          .containsEntry("held0", new QueueAnswer.Depth(3, 0))
          .hasSize(9);
    }
    assertThat(broker.accepted()).isEqualTo(1);
    probe.close();
  }

  @Test
  void suspect_isNotWaitedForAsLong() throws Exception {
    QueueProbe probe = patient();
    broker.put("hung", new Behaviour.Silent());
    broker.put("r", 5, 1);

    long beganAtNanos = Ticker.system().nanos();
    Map<String, QueueAnswer> answers =
        answers(probe.probe(List.of("hung", "r"), Set.of("hung"), Duration.ofSeconds(20)));

    assertThat(Duration.ofNanos(Ticker.system().nanos() - beganAtNanos))
        .isBetween(DeclareChannels.SUSPECT_TIMEOUT, Duration.ofSeconds(10));
    assertThat(answers)
        .containsEntry("hung", new QueueAnswer.None(QueueProblem.TIMEOUT))
        .containsEntry("r", new QueueAnswer.Depth(5, 1));
    probe.close();
  }

  @Test
  void noTimeLeft_nothingIsAsked() throws Exception {
    broker.put("r", 5, 1);

    assertThat(answers(open().probe(List.of("r"), Set.of(), Duration.ZERO))).isEmpty();
    assertThat(broker.asked()).isEmpty();
  }

  /** One that waits for an answer longer than any test. */
  private QueueProbe patient() {
    return new AmqpQueueProbe(
        broker.settings(FakeBroker.PASSWORD),
        "/",
        "test",
        Duration.ofSeconds(30),
        metrics,
        nanos::get,
        new SplittableRandom(1));
  }

  @Test
  void answerForAnotherQueue_isRefused() throws Exception {
    broker.put("q", new Behaviour.WrongName());
    broker.put("r", 5, 1);

    assertThat(answers(ask(open(), "q", "r")))
        .containsEntry("q", new QueueAnswer.None(QueueProblem.MISMATCH))
        .containsEntry("r", new QueueAnswer.Depth(5, 1));
  }

  @Test
  void messageCountsBeyondAnInt_areUnsigned() throws Exception {
    broker.put("q", -1, 0);

    assertThat(answers(ask(open(), "q")))
        .containsEntry("q", new QueueAnswer.Depth(4_294_967_295L, 0));
  }

  @Test
  void connectionLostWithinAProbe_isUnavailableAndMadeAnewAfterTheBackOff() throws Exception {
    broker.put("q", new Behaviour.CloseSocket());
    QueueProbe probe = open();

    assertThat(unavailable(ask(probe, "q", "r"))).isEqualTo(UnknownReason.UNREACHABLE);
    broker.put("q", 2, 0);
    assertThat(unavailable(ask(probe, "q"))).isEqualTo(UnknownReason.UNREACHABLE);
    assertThat(broker.accepted()).isEqualTo(1);
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);

    assertThat(answers(ask(probe, "q"))).containsEntry("q", new QueueAnswer.Depth(2, 0));
    assertThat(connects("ok")).isEqualTo(2);
    assertThat(connects("unreachable")).isEqualTo(1);
  }

  @Test
  void brokerGoneAndBack_isConnectedAgain() throws Exception {
    broker.put("q", 2, 0);
    QueueProbe probe = open();
    answers(ask(probe, "q"));
    int port = broker.port();

    broker.close();
    await().until(() -> ask(probe, "q") instanceof ProbeResult.Unavailable);
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);
    assertThat(unavailable(ask(probe, "q"))).isEqualTo(UnknownReason.UNREACHABLE);
    broker = new FakeBroker(port);
    broker.put("q", 3, 0);
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);

    assertThat(answers(ask(probe, "q"))).containsEntry("q", new QueueAnswer.Depth(3, 0));
  }

  @Test
  void brokerThatHangs_isUnavailableNotWaitedFor() throws Exception {
    broker.put("q", 2, 0);
    broker.put("hung", new Behaviour.Silent());
    QueueProbe probe = open();
    answers(ask(probe, "q"));
    broker.mute();

    assertThat(answers(ask(probe, "q")))
        .containsEntry("q", new QueueAnswer.None(QueueProblem.TIMEOUT));
    assertThat(unavailable(ask(probe, "q"))).isEqualTo(UnknownReason.UNREACHABLE);
  }

  @Test
  void wrongPassword_isRefused() {
    QueueProbe probe = probe(broker.settings("wrong"), "/");

    assertThat(unavailable(ask(probe, "q"))).isEqualTo(UnknownReason.REFUSED);
    assertThat(connects("refused")).isEqualTo(1);
    probe.close();
  }

  @Test
  void unknownVhost_isRefused() {
    QueueProbe probe = probe(broker.settings(FakeBroker.PASSWORD), "other");

    assertThat(unavailable(ask(probe, "q"))).isEqualTo(UnknownReason.REFUSED);
    probe.close();
  }

  @Test
  void passwordFile_isReadAtEachConnection(@TempDir Path folder) throws Exception {
    broker.put("q", 2, 0);
    Path file = folder.resolve("password");
    QueueProbe probe = probe(withFiles(false, file, null), "/");
    assertThat(unavailable(ask(probe, "q"))).isEqualTo(UnknownReason.UNREACHABLE);
    Files.writeString(file, "x".repeat(65_537));
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);
    assertThat(unavailable(ask(probe, "q"))).isEqualTo(UnknownReason.UNREACHABLE);

    Files.writeString(file, FakeBroker.PASSWORD + "\n");
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);

    assertThat(answers(ask(probe, "q"))).containsKey("q");
    probe.close();
  }

  @Test
  void tlsToAPlainPort_isUnavailable(@TempDir Path folder) throws Exception {
    Path noCertificates = Files.writeString(folder.resolve("ca.pem"), "nothing");

    for (Path ca : new @Nullable Path[] {null, noCertificates}) {
      QueueProbe probe = probe(withFiles(true, null, ca), "/");
      assertThat(unavailable(ask(probe, "q"))).isEqualTo(UnknownReason.UNREACHABLE);
      probe.close();
    }
  }

  @Test
  void tls_isTrustedOnlyByTheRightCaAndHost(@TempDir Path folder) throws Exception {
    var right = TlsMaterial.create(folder, "right", "ip:127.0.0.1");
    var otherHost = TlsMaterial.create(folder, "other-host", "dns:broker.example");

    assertThat(probeOverTls(right, right.certificate())).isInstanceOf(ProbeResult.Answered.class);
    assertThat(unavailable(probeOverTls(right, otherHost.certificate())))
        .isEqualTo(UnknownReason.UNREACHABLE);
    assertThat(unavailable(probeOverTls(otherHost, otherHost.certificate())))
        .isEqualTo(UnknownReason.UNREACHABLE);
    assertThat(unavailable(probeOverTls(right, null))).isEqualTo(UnknownReason.UNREACHABLE);
  }

  private ProbeResult probeOverTls(TlsMaterial material, @Nullable Path caFile) throws Exception {
    try (var server = new FakeBroker(material.serverSocket())) {
      server.put("q", 2, 0);
      QueueProbe probe =
          probe(
              BrokerSettings.parse(
                  "default",
                  "amqps://reader:" + FakeBroker.PASSWORD + "@127.0.0.1:" + server.port(),
                  null,
                  new BrokerSettings.TlsFiles(caFile, null, null)),
              "/");
      ProbeResult result = ask(probe, "q");
      probe.close();
      return result;
    }
  }

  private BrokerSettings withFiles(
      boolean tls, @Nullable Path passwordFile, @Nullable Path caFile) {
    return BrokerSettings.parse(
        "default",
        (tls ? "amqps" : "amqp") + "://reader@127.0.0.1:" + broker.port(),
        passwordFile,
        new BrokerSettings.TlsFiles(caFile, null, null));
  }
}
