package io.gpuscaling.exporter.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import io.gpuscaling.testkit.rabbitmq.RabbitMqInstallation;
import io.gpuscaling.testkit.rabbitmq.RabbitMqPlugin;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * Certificates and tokens of a real broker that are replaced while the reader is connected. That of
 * a password is in {@link RabbitSourceIT}.
 */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BrokerCredentialsIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final InstantSource CLOCK = InstantSource.system();
  private static final ServedMetric READY = ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY;
  private static final ServedMetric UNACKED = ServedMetric.RABBITMQ_QUEUE_MESSAGES_UNACKED;
  private static final String QUEUE = "it.credentials";

  private static void awaitConnects(WatchedSource watching, String outcome, int count) {
    await(outcome).atMost(DEADLINE).until(() -> watching.connects(outcome) >= count);
  }

  private static void fill(RabbitMqBroker broker) throws Exception {
    try (var session = BrokerSession.guest(broker)) {
      session.declare(QUEUE, Map.of());
      session.publish(QUEUE, 3);
    }
  }

  @Test
  void clientCertificate_replacedWhileConnected_isUsedAndTheOldConnectionEnds() throws Exception {
    var authority = CertificateAuthority.create("it-ca", CLOCK);
    Path folder = ScratchFolder.empty(Path.of("target", "rabbitmq-certificates-files"));
    Path ca = Files.writeString(folder.resolve("ca.crt"), authority.certificatePem());
    IssuedCertificate.PemFiles server =
        authority.issueServer("broker", new SubjectName.Ip("127.0.0.1")).writeTo(folder, "server");
    List<Integer> ports = LoopbackPorts.free(1);
    String settings =
        """
        listeners.ssl.1 = 127.0.0.1:%d
        ssl_options.cacertfile = %s
        ssl_options.certfile = %s
        ssl_options.keyfile = %s
        ssl_options.verify = verify_peer
        ssl_options.fail_if_no_peer_cert = true
        auth_mechanisms.1 = PLAIN
        auth_mechanisms.2 = EXTERNAL
        ssl_cert_login_from = common_name
        """
            .formatted(
                ports.getFirst(),
                ca.toAbsolutePath(),
                server.certificate().toAbsolutePath(),
                server.privateKey().toAbsolutePath());
    try (var broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Path.of("target", "rabbitmq-certificates")),
            RabbitMqInstallation.find(),
            List.of(RabbitMqPlugin.CERTIFICATE_LOGIN),
            settings)) {
      for (String user : List.of("reader-one", "reader-two")) {
        broker.rabbitmqctl("add_user", user, "unused").orThrow();
        broker.rabbitmqctl("clear_password", user).orThrow();
        broker.rabbitmqctl("set_permissions", user, "^$", "^it[.].*$", "^$").orThrow();
      }
      fill(broker);
      IssuedCertificate.PemFiles client = authority.issueClient("reader-one").writeTo(folder, "c");
      var reader =
          BrokerSettings.parse(
              "default",
              "amqps://reader@127.0.0.1:" + ports.getFirst(),
              null,
              new BrokerSettings.TlsFiles(ca, client.certificate(), client.privateKey()));
      try (var watching = new WatchedSource(reader, QUEUE)) {
        watching.awaitValue(READY, QUEUE, 3);
        assertThat(users(broker)).contains("reader-one");

        authority.issueClient("reader-two").writeTo(folder, "c");
        awaitConnects(watching, "reloaded", 1);
        await("the old connection ends")
            .atMost(DEADLINE)
            .until(() ->
                users(broker).contains("reader-two") && !users(broker).contains("reader-one"));

        // Of an authority that the broker does not know: the connection that works is kept.
        CertificateAuthority.create("other-ca", CLOCK)
            .issueClient("reader-one")
            .writeTo(folder, "c");
        awaitConnects(watching, "reload_failed", 1);
        assertThat(watching.said.get().state()).isInstanceOf(SourceState.Ok.class);
        assertThat(users(broker)).contains("reader-two");
        authority.issueClient("reader-one").writeTo(folder, "c");
        await("the new one is used")
            .atMost(DEADLINE)
            .until(() -> users(broker).contains("reader-one"));

        assertThat(watching.connects("ok")).isEqualTo(1);
        assertThat(watching.connects("unreachable")).isZero();
        assertThat(watching.depths).containsOnly(3.0);
      }
    }
  }

  private static String users(RabbitMqBroker broker) {
    return broker.rabbitmqctl("list_connections", "user").orThrow();
  }

  @Test
  void token_replacedBeforeItExpires_isUsedWithoutAGap_andAnExpiredOneIsRefused() throws Exception {
    KeyPair keys = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    Path folder = ScratchFolder.empty(Path.of("target", "rabbitmq-tokens-files"));
    Path key = Files.writeString(folder.resolve("key.pem"), pem(keys));
    Path tokenFile = folder.resolve("token");
    String settings =
        """
        auth_backends.1 = internal
        auth_backends.2 = rabbit_auth_backend_oauth2
        auth_oauth2.resource_server_id = rabbitmq
        auth_oauth2.default_key = it-key
        auth_oauth2.signing_keys.it-key = %s
        """
            .formatted(key.toAbsolutePath());
    try (var broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Path.of("target", "rabbitmq-tokens")),
            RabbitMqInstallation.find(),
            List.of(RabbitMqPlugin.MANAGEMENT, RabbitMqPlugin.OAUTH2),
            settings)) {
      fill(broker);
      write(tokenFile, token(keys, Duration.ofSeconds(15)));
      var reader =
          BrokerSettings.parse(
                  "default",
                  "amqp://reader@127.0.0.1:" + broker.port(),
                  tokenFile,
                  BrokerSettings.TlsFiles.NONE)
              .with(URI.create("http://127.0.0.1:" + broker.managementPort()), List.of());
      try (var watching = new WatchedSource(reader, QUEUE)) {
        watching.awaitValue(READY, QUEUE, 3);
        watching.awaitValue(UNACKED, QUEUE, 0);

        Instant firstEnds = CLOCK.instant().plusSeconds(16);
        write(tokenFile, token(keys, Duration.ofSeconds(30)));
        Instant secondEnds = CLOCK.instant().plusSeconds(31);
        awaitConnects(watching, "reloaded", 1);
        await("the first has expired")
            .atMost(DEADLINE)
            .until(() -> CLOCK.instant().isAfter(firstEnds));
        assertThat(watching.said.get().state()).isInstanceOf(SourceState.Ok.class);
        assertThat(watching.number(READY, QUEUE)).isEqualTo(3);
        assertThat(watching.connects("ok")).isEqualTo(1);

        // Nobody replaces the second: the management API refuses it, as does the next connection.
        await("the second has expired")
            .atMost(DEADLINE)
            .until(() -> CLOCK.instant().isAfter(secondEnds));
        broker.rabbitmqctl("close_all_connections", "by the test").orThrow();
        await("it is refused")
            .atMost(DEADLINE)
            .until(() -> watching.said.get().state() instanceof SourceState.Failing);
        awaitConnects(watching, "refused", 1);

        write(tokenFile, token(keys, Duration.ofHours(1)));
        await("it reads again")
            .atMost(DEADLINE)
            .until(() -> watching.said.get().state() instanceof SourceState.Ok);
        watching.awaitValue(READY, QUEUE, 3);
        await("and all of it")
            .atMost(DEADLINE)
            .until(() -> watching.value(UNACKED, QUEUE) instanceof SampleValue.Known);
        assertThat(watching.depths).containsOnly(3.0);
      }
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
  }

  private static String pem(KeyPair keys) {
    return "-----BEGIN PUBLIC KEY-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(keys.getPublic().getEncoded())
        + "\n-----END PUBLIC KEY-----\n";
  }

  /** A token that may do what the documentation asks for. */
  private static String token(KeyPair keys, Duration lifetime) throws Exception {
    return Jwt.sign(
        keys,
        "it-key",
        """
        {"aud":["rabbitmq"],"sub":"reader","exp":%d,
         "scope":["rabbitmq.write:%%2F/it.*","rabbitmq.tag:monitoring"]}
        """
            .formatted(CLOCK.instant().plus(lifetime).getEpochSecond()));
  }
}
