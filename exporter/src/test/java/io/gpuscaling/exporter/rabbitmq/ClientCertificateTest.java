package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.relay.Fault;
import io.gpuscaling.testkit.relay.FaultyProxy;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ClientCertificateTest {

  private final CertificateAuthority authority =
      CertificateAuthority.create("ca", InstantSource.system());
  private final Path folder;
  private final Path caFile;

  ClientCertificateTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.caFile = Files.writeString(folder.resolve("ca.pem"), authority.certificatePem());
  }

  private BrokerSettings.TlsFiles files(@Nullable IssuedCertificate client) {
    if (client == null) {
      return new BrokerSettings.TlsFiles(caFile, null, null);
    }
    IssuedCertificate.PemFiles pem = client.writeTo(folder, "client");
    return new BrokerSettings.TlsFiles(caFile, pem.certificate(), pem.privateKey());
  }

  /** A broker that asks for a certificate. */
  private FakeBroker broker() throws Exception {
    IssuedCertificate.PemFiles pem =
        authority.issueServer("broker", new SubjectName.Ip("127.0.0.1")).writeTo(folder, "server");
    var context =
        BrokerTls.context(new BrokerSettings.TlsFiles(caFile, pem.certificate(), pem.privateKey()));
    var socket =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    socket.setNeedClientAuth(true);
    return new FakeBroker(socket);
  }

  private ProbeResult probe(FakeBroker broker, String user, BrokerSettings.TlsFiles files) {
    broker.put("q", 2, 0);
    var settings =
        BrokerSettings.parse(
            "default", "amqps://" + user + "@127.0.0.1:" + broker.port(), null, files);
    try (var probe =
        new AmqpQueueProbe(
            settings,
            "/",
            "test",
            Duration.ofSeconds(5),
            RabbitMetrics.register(new CollectorRegistry()),
            Ticker.system(),
            new SplittableRandom(1))) {
      return ask(probe, "q");
    }
  }

  private static ProbeResult ask(QueueProbe probe, String... queues) {
    return probe.probe(List.of(queues), Set.of(), RabbitSource.SWEEP_TIMEOUT);
  }

  @Test
  void certificate_besidesAPassword_opensTheConnection() throws Exception {
    try (FakeBroker broker = broker()) {
      assertThat(
              probe(
                  broker, "reader:" + FakeBroker.PASSWORD, files(authority.issueClient("reader"))))
          .isInstanceOf(ProbeResult.Answered.class);
      assertThat(broker.mechanism()).isEqualTo("PLAIN");
    }
  }

  @Test
  void certificate_withoutAPassword_isTheCredential() throws Exception {
    try (FakeBroker broker = broker()) {
      assertThat(probe(broker, "reader", files(authority.issueClient("reader"))))
          .isInstanceOf(ProbeResult.Answered.class);
      assertThat(broker.mechanism()).isEqualTo("EXTERNAL");
    }
  }

  @Test
  void certificate_missingOrOfAnotherCa_isNotLetIn() throws Exception {
    IssuedCertificate other =
        CertificateAuthority.create("other", InstantSource.system()).issueClient("reader");
    try (FakeBroker broker = broker()) {
      for (IssuedCertificate client : new @Nullable IssuedCertificate[] {null, other}) {
        assertThat(probe(broker, "reader:" + FakeBroker.PASSWORD, files(client)))
            .isInstanceOf(ProbeResult.Unavailable.class);
      }
    }
  }

  @Test
  void slowTls_isUnavailableInTimeAndAnswersOnceItIsFast() throws Exception {
    try (FakeBroker broker = broker();
        var proxy =
            FaultyProxy.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), broker.port()))) {
      broker.put("q", 2, 0);
      var settings =
          BrokerSettings.parse(
              "default",
              "amqps://reader@127.0.0.1:" + proxy.port(),
              null,
              files(authority.issueClient("reader")));
      try (var probe =
          new AmqpQueueProbe(
              settings,
              "/",
              "test",
              Duration.ofSeconds(5),
              RabbitMetrics.register(new CollectorRegistry()),
              Ticker.system(),
              new SplittableRandom(1))) {
        proxy.apply(new Fault.Drip(1, Duration.ofMillis(100)));
        long beganAtNanos = Ticker.system().nanos();
        assertThat(ask(probe, "q")).isInstanceOf(ProbeResult.Unavailable.class);
        assertThat(Duration.ofNanos(Ticker.system().nanos() - beganAtNanos))
            .isLessThan(AmqpQueueProbe.OPEN_TIMEOUT.plusSeconds(5));

        proxy.apply(new Fault.None());
        await()
            .atMost(Duration.ofSeconds(15))
            .until(() -> ask(probe, "q") instanceof ProbeResult.Answered);
      }
    }
  }

  @Test
  void context_fileThatIsNoKey_isRefusedWithoutQuotingIt() throws Exception {
    IssuedCertificate.PemFiles pem = authority.issueClient("reader").writeTo(folder, "client");
    for (String text :
        new String[] {
          "s3cret",
          "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----",
          "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
        }) {
      Path key = Files.writeString(folder.resolve("bad.pem"), text);

      assertThatThrownBy(
              () -> BrokerTls.context(new BrokerSettings.TlsFiles(caFile, pem.certificate(), key)))
          .isInstanceOf(GeneralSecurityException.class)
          .hasMessageContaining("key file")
          .message()
          .doesNotContain("s3cret");
    }
  }

  @Test
  void credentials_show_noSecret() throws Exception {
    Path password = Files.writeString(folder.resolve("password"), "s3cret\n");
    var settings = BrokerSettings.parse("default", "amqps://u@h", password, files(null));

    Credentials read = Credentials.read(settings);

    assertThat(read.toString()).doesNotContain("s3cret");
    assertThat(read.password()).isEqualTo("s3cret");
    assertThat(Credentials.read(settings)).isEqualTo(read);
    Files.writeString(caFile, authority.certificatePem() + "\n");
    assertThat(Credentials.read(settings)).isNotEqualTo(read);
  }
}
