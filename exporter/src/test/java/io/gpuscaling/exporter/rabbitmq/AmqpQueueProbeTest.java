package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.FakeBroker.Behaviour;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
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

    assertThat(answers(open().probe(List.of("q", "r"))))
        .containsEntry("q", new QueueAnswer.None(expected))
        .containsEntry("r", new QueueAnswer.Depth(5, 1));
    assertThat(broker.accepted()).isEqualTo(1);
  }

  @Test
  void silentQueue_timesOutAndTheNextAnswerIsNotItsOwn() throws Exception {
    broker.put("hung", new Behaviour.Silent());
    broker.put("r", 5, 1);
    QueueProbe probe = open();

    Map<String, QueueAnswer> answers = answers(probe.probe(List.of("hung", "r")));

    assertThat(answers)
        .containsEntry("hung", new QueueAnswer.None(QueueProblem.TIMEOUT))
        .containsEntry("r", new QueueAnswer.Depth(5, 1));
    assertThat(broker.accepted()).isEqualTo(1);
  }

  @Test
  void answerForAnotherQueue_isRefused() throws Exception {
    broker.put("q", new Behaviour.WrongName());
    broker.put("r", 5, 1);

    assertThat(answers(open().probe(List.of("q", "r"))))
        .containsEntry("q", new QueueAnswer.None(QueueProblem.MISMATCH))
        .containsEntry("r", new QueueAnswer.Depth(5, 1));
  }

  @Test
  void messageCountsBeyondAnInt_areUnsigned() throws Exception {
    broker.put("q", -1, 0);

    assertThat(answers(open().probe(List.of("q"))))
        .containsEntry("q", new QueueAnswer.Depth(4_294_967_295L, 0));
  }

  @Test
  void connectionLostWithinAProbe_isUnavailableAndMadeAnewAfterTheBackOff() throws Exception {
    broker.put("q", new Behaviour.CloseSocket());
    QueueProbe probe = open();

    assertThat(unavailable(probe.probe(List.of("q", "r")))).isEqualTo(UnknownReason.UNREACHABLE);
    broker.put("q", 2, 0);
    assertThat(unavailable(probe.probe(List.of("q")))).isEqualTo(UnknownReason.UNREACHABLE);
    assertThat(broker.accepted()).isEqualTo(1);
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);

    assertThat(answers(probe.probe(List.of("q")))).containsEntry("q", new QueueAnswer.Depth(2, 0));
    assertThat(connects("ok")).isEqualTo(2);
    assertThat(connects("unreachable")).isEqualTo(1);
  }

  @Test
  void brokerGoneAndBack_isConnectedAgain() throws Exception {
    broker.put("q", 2, 0);
    QueueProbe probe = open();
    answers(probe.probe(List.of("q")));
    int port = broker.port();

    broker.close();
    await().until(() -> probe.probe(List.of("q")) instanceof ProbeResult.Unavailable);
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);
    assertThat(unavailable(probe.probe(List.of("q")))).isEqualTo(UnknownReason.UNREACHABLE);
    broker = new FakeBroker(port);
    broker.put("q", 3, 0);
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);

    assertThat(answers(probe.probe(List.of("q")))).containsEntry("q", new QueueAnswer.Depth(3, 0));
  }

  @Test
  void brokerThatHangs_isUnavailableNotWaitedFor() throws Exception {
    broker.put("q", 2, 0);
    broker.put("hung", new Behaviour.Silent());
    QueueProbe probe = open();
    answers(probe.probe(List.of("q")));
    broker.mute();

    assertThat(answers(probe.probe(List.of("q"))))
        .containsEntry("q", new QueueAnswer.None(QueueProblem.TIMEOUT));
    assertThat(unavailable(probe.probe(List.of("q")))).isEqualTo(UnknownReason.UNREACHABLE);
  }

  @Test
  void wrongPassword_isRefused() {
    QueueProbe probe = probe(broker.settings("wrong"), "/");

    assertThat(unavailable(probe.probe(List.of("q")))).isEqualTo(UnknownReason.REFUSED);
    assertThat(connects("refused")).isEqualTo(1);
    probe.close();
  }

  @Test
  void unknownVhost_isRefused() {
    QueueProbe probe = probe(broker.settings(FakeBroker.PASSWORD), "other");

    assertThat(unavailable(probe.probe(List.of("q")))).isEqualTo(UnknownReason.REFUSED);
    probe.close();
  }

  @Test
  void passwordFile_isReadAtEachConnection(@TempDir Path folder) throws Exception {
    broker.put("q", 2, 0);
    Path file = folder.resolve("password");
    QueueProbe probe = probe(withFiles(false, file, null), "/");
    assertThat(unavailable(probe.probe(List.of("q")))).isEqualTo(UnknownReason.UNREACHABLE);
    Files.writeString(file, "x".repeat(65_537));
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);
    assertThat(unavailable(probe.probe(List.of("q")))).isEqualTo(UnknownReason.UNREACHABLE);

    Files.writeString(file, FakeBroker.PASSWORD + "\n");
    nanos.addAndGet(LONGEST_BACK_OFF_NANOS);

    assertThat(answers(probe.probe(List.of("q")))).containsKey("q");
    probe.close();
  }

  @Test
  void tlsToAPlainPort_isUnavailable(@TempDir Path folder) throws Exception {
    Path noCertificates = Files.writeString(folder.resolve("ca.pem"), "nothing");

    for (Path ca : new @Nullable Path[] {null, noCertificates}) {
      QueueProbe probe = probe(withFiles(true, null, ca), "/");
      assertThat(unavailable(probe.probe(List.of("q")))).isEqualTo(UnknownReason.UNREACHABLE);
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
      ProbeResult result = probe.probe(List.of("q"));
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
