package io.gpuscaling.exporter.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP interfaces of a broker that asks for a certificate, whose files are replaced. */
@Timeout(60)
final class TlsReloadTest {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final CertificateAuthority authority =
      CertificateAuthority.create("ca", InstantSource.system());
  private final Set<String> clients = ConcurrentHashMap.newKeySet();
  private final Path folder;
  private final Path caFile;

  TlsReloadTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.caFile = Files.writeString(folder.resolve("ca.pem"), authority.certificatePem());
  }

  private HttpsServer server() throws Exception {
    IssuedCertificate.PemFiles pem =
        authority.issueServer("broker", new SubjectName.Ip("127.0.0.1")).writeTo(folder, "server");
    SSLContext context =
        BrokerTls.context(new BrokerSettings.TlsFiles(caFile, pem.certificate(), pem.privateKey()));
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            var demanded = context.getDefaultSSLParameters();
            demanded.setNeedClientAuth(true);
            parameters.setSSLParameters(demanded);
          }
        });
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          clients.add(((HttpsExchange) exchange).getSSLSession().getPeerPrincipal().getName());
          byte[] body = "[]".getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  private BrokerSettings.TlsFiles client(String name) {
    IssuedCertificate.PemFiles pem = authority.issueClient(name).writeTo(folder, "client");
    return new BrokerSettings.TlsFiles(caFile, pem.certificate(), pem.privateKey());
  }

  @Test
  void certificate_replacedWhileAsking_isShownFromThenOn() throws Exception {
    HttpsServer server = server();
    BrokerSettings broker =
        BrokerSettings.parse("default", "amqps://reader:x@127.0.0.1", null, client("one"))
            .with(URI.create("https://127.0.0.1:" + server.getAddress().getPort()), List.of());
    try (var stats =
        RabbitSource.stats(
            new RabbitSettings(
                broker,
                List.of(new QueueId("/", "q")),
                RabbitSettings.DEFAULT_POLL_INTERVAL,
                RabbitSettings.DEFAULT_ZERO_CONFIRMATION,
                RabbitSettings.DEFAULT_STUCK_AFTER),
            RabbitMetrics.register(new CollectorRegistry()),
            Ticker.system(),
            new SplittableRandom(1))) {
      stats.start();
      awaitClient(stats, "CN=one");

      client("two");
      awaitClient(stats, "CN=two");
      clients.clear();
      awaitClient(stats, "CN=two");
      assertThat(clients).containsExactly("CN=two");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void changed_isTheNewestOnceAndNeverWhatCannotBeUsed() throws Exception {
    BrokerSettings broker =
        BrokerSettings.parse("default", "amqps://reader:x@127.0.0.1", null, client("one"));
    var reload = new TlsReload(broker);
    assertThat(reload.changed()).isNull();

    client("two");
    assertThat(reload.changed()).isNotNull();
    assertThat(reload.changed()).isNull();

    Path key = folder.resolve("client.key");
    Files.writeString(key, "not a key");
    assertThat(reload.changed()).isNull();
    Files.delete(key);
    assertThat(reload.changed()).isNull();
    client("three");
    assertThat(reload.changed()).isNotNull();
  }

  private void awaitClient(BrokerStats stats, String name) {
    await(name)
        .atMost(DEADLINE)
        .until(() -> {
          stats.refresh();
          return clients.contains(name);
        });
  }
}
