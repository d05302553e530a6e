package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.api.request.RouteOptions;
import io.gpuscaling.adapter.pki.TestAuthority;
import io.gpuscaling.core.tls.CertificateExpiry;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Starting, stopping, and what changes in between. */
class LifecycleTest {

  @TempDir private Path folder;
  private ServerFixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture = new ServerFixture(folder);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void certificate_swappedOnDisk_isShownToNewConnections() throws Exception {
    Certificate before = shownCertificate();
    TestAuthority.Identity next = fixture.serverCa.server("RSA");
    fixture.serveWith(next);

    fixture.server.reloadCertificate();

    assertThat(shownCertificate()).isNotEqualTo(before).isEqualTo(next.chain().getFirst());
    assertThat(fixture.server.certificateExpiresAt())
        .isEqualTo(next.chain().getFirst().getNotAfter().toInstant());
  }

  @Test
  void metrics_ofTheServer_showConnectionsRequestsAndTheEndOfItsCertificate() throws Exception {
    var registry = new CollectorRegistry();
    new RequestMetrics(registry).watch(fixture.server);
    try (var expiry = new CertificateExpiry(InstantSource.system(), registry);
        HttpClient client = fixture.client(HttpClient.Version.HTTP_2, null)) {
      expiry.watchChain("serving", fixture.server::certificates);
      var hanging =
          client.sendAsync(
              fixture.request("/version").header("Authorization", "Bearer hanging").build(),
              HttpResponse.BodyHandlers.ofString());
      await()
          .atMost(ServerFixture.TIMEOUT)
          .until(() -> registry.getSampleValue("gpuscaling_api_in_flight_requests") == 1);
      assertThat(registry.getSampleValue("gpuscaling_api_connections")).isEqualTo(1);
      fixture.release.countDown();
      assertThat(hanging).succeedsWithin(ServerFixture.TIMEOUT);
      assertThat(registry.getSampleValue("gpuscaling_api_in_flight_requests")).isZero();

      TestAuthority.Identity next = fixture.serverCa.server("EC");
      fixture.serveWith(next);
      fixture.server.reloadCertificate();
      expiry.check();

      assertThat(
              registry.getSampleValue(
                  "gpuscaling_tls_certificate_expires_timestamp_seconds",
                  new String[] {"use"},
                  new String[] {"serving"}))
          .isEqualTo(next.chain().getFirst().getNotAfter().toInstant().toEpochMilli() / 1e3);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "garbage"})
  void certificate_brokenOnDisk_lastGoodOneStays(String contents) throws Exception {
    Certificate before = shownCertificate();
    Files.writeString(fixture.certificateFile, contents);

    fixture.server.reloadCertificate();
    fixture.server.reloadCertificate();

    assertThat(shownCertificate()).isEqualTo(before);
  }

  @Test
  void certificate_halfSwapped_lastGoodOneStays() throws Exception {
    Certificate before = shownCertificate();
    for (String algorithm : List.of("EC", "RSA")) {
      Files.writeString(
          fixture.certificateFile, fixture.serverCa.server(algorithm).certificatePem());

      fixture.server.reloadCertificate();

      assertThat(shownCertificate()).isEqualTo(before);
    }
  }

  @Test
  void certificate_hugeOrGoneFile_lastGoodOneStays() throws Exception {
    var serving = new ServingCertificate(fixture.certificateFile, fixture.keyFile);
    assertThat(serving.reload()).isInstanceOf(ServingCertificate.Reload.Replaced.class);
    assertThat(serving.reload()).isEqualTo(new ServingCertificate.Reload.Unchanged());

    Files.write(fixture.keyFile, new byte[ApiServerLimits.MAX_CERTIFICATE_FILE_BYTES + 1]);
    assertThat(serving.reload())
        .isInstanceOfSatisfying(
            ServingCertificate.Reload.Failed.class, f -> assertThat(f.isNews()).isTrue());
    assertThat(serving.reload())
        .isInstanceOfSatisfying(
            ServingCertificate.Reload.Failed.class, f -> assertThat(f.isNews()).isFalse());
    Files.delete(fixture.keyFile);
    assertThat(serving.reload())
        .isInstanceOfSatisfying(
            ServingCertificate.Reload.Failed.class, f -> assertThat(f.isNews()).isTrue());
    assertThat(serving.expiresAt()).isNotNull();
  }

  @Test
  void start_portTakenOrNoCertificate_failsAndLeavesNothing() {
    ApiServerSettings taken = settings(fixture.port, fixture.certificateFile);
    ApiServerSettings bare = settings(0, folder.resolve("none"));

    try (var server = fixture.another(taken)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(server::start)
          .withMessageContaining("cannot listen on 127.0.0.1:" + fixture.port);
    }
    try (var server = fixture.another(bare)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(server::start)
          .withMessageContaining("serving certificate");
    }
  }

  private ApiServerSettings settings(int port, Path certificateFile) {
    return new ApiServerSettings(
        "127.0.0.1",
        port,
        certificateFile,
        fixture.keyFile,
        1,
        Duration.ofSeconds(1),
        RouteOptions.DEFAULT,
        "1");
  }

  @Test
  void close_requestThatNeverEnds_isGivenUpAfterTheDrainTimeout() throws Exception {
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_2, null)) {
      CompletableFuture<HttpResponse<String>> hanging =
          client.sendAsync(
              fixture.request("/version").header("Authorization", "Bearer hanging").build(),
              HttpResponse.BodyHandlers.ofString());
      await().atMost(ServerFixture.TIMEOUT).until(() -> fixture.server.inFlightRequests() == 1);

      fixture.server.close();

      assertThat(fixture.server.openConnections()).isZero();
      assertThat(hanging).failsWithin(ServerFixture.TIMEOUT);
    }
  }

  @Test
  void close_requestThatIsBeingServed_isAnswered() throws Exception {
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_2, null)) {
      CompletableFuture<HttpResponse<String>> served =
          client.sendAsync(
              fixture.request("/version").header("Authorization", "Bearer hanging").build(),
              HttpResponse.BodyHandlers.ofString());
      await().atMost(ServerFixture.TIMEOUT).until(() -> fixture.server.inFlightRequests() == 1);
      var closing = CompletableFuture.runAsync(fixture.server::close);
      await().atMost(ServerFixture.TIMEOUT).until(() -> isPortClosed());

      fixture.release.countDown();

      assertThat(served)
          .succeedsWithin(ServerFixture.TIMEOUT)
          .satisfies(response -> assertThat(response.statusCode()).isEqualTo(200));
      assertThat(closing).succeedsWithin(ServerFixture.TIMEOUT);
    }
  }

  private boolean isPortClosed() {
    try (var _ = new Socket(InetAddress.getLoopbackAddress(), fixture.port)) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void tooManyConnections_areClosedBeforeTheirHandshake() {
    var group = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
    for (int i = 0; i <= ApiServerLimits.MAX_CONNECTIONS; i++) {
      group.add(new EmbeddedChannel());
    }
    var serving = new ServingCertificate(fixture.certificateFile, fixture.keyFile);
    serving.reload();

    var channel =
        new EmbeddedChannel(
            new ConnectionInitializer(
                serving,
                fixture.service(),
                new ConnectionAdmission(group),
                ConnectionDeadlines.DEFAULT,
                Duration.ofSeconds(1)));

    assertThat(channel.isOpen()).isFalse();
    var _ = group.close();
  }

  @Test
  void deferringTrustManager_takesClientsAndNoServers() throws Exception {
    var socket = new Socket();
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    var manager = new DeferringTrustManager();
    X509Certificate[] chain = {fixture.serverCa.certificate()};

    manager.checkClientTrusted(chain, "EC");
    manager.checkClientTrusted(chain, "EC", socket);
    manager.checkClientTrusted(chain, "EC", engine);
    assertThat(manager.getAcceptedIssuers()).isEmpty();
    assertThatExceptionOfType(CertificateException.class)
        .isThrownBy(() -> manager.checkServerTrusted(chain, "EC"));
    assertThatExceptionOfType(CertificateException.class)
        .isThrownBy(() -> manager.checkServerTrusted(chain, "EC", socket));
    assertThatExceptionOfType(CertificateException.class)
        .isThrownBy(() -> manager.checkServerTrusted(chain, "EC", engine));
  }

  @Test
  void headers_toString_hasNoToken() {
    var headers = new NettyHeaders(new DefaultHttpHeaders().add("authorization", "Bearer x"));

    assertThat(headers.toString()).doesNotContain("Bearer");
    assertThat(new RequestHead("GET", "/x", headers).toString()).isEqualTo("GET /x");
  }

  @Test
  void start_withoutCertificate_fails() {
    var serving = new ServingCertificate(folder.resolve("none"), folder.resolve("none"));

    assertThat(serving.reload()).isInstanceOf(ServingCertificate.Reload.Failed.class);
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(serving::context);
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void close_idleConnections_areEndedSoonAndPortIsFree(HttpClient.Version version)
      throws Exception {
    try (HttpClient client = fixture.client(version, null)) {
      assertThat(fixture.get(client, "/version", "Authorization", "Bearer hpa-token").statusCode())
          .isEqualTo(200);
      assertThat(fixture.server.openConnections()).isEqualTo(1);

      fixture.server.close();

      assertThat(fixture.server.openConnections()).isZero();
      assertThat(fixture.server.inFlightRequests()).isZero();
      assertThatExceptionOfType(IOException.class).isThrownBy(() -> fixture.get(client, "/livez"));
    }
  }

  @Test
  void anonymousCaller_overHttp2_loosesItsConnection() throws Exception {
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_2, null)) {
      assertThat(fixture.get(client, "/livez").statusCode()).isEqualTo(200);

      await()
          .atMost(ServerFixture.TIMEOUT)
          .untilAsserted(() -> assertThat(fixture.server.openConnections()).isZero());
      assertThat(fixture.get(client, "/livez").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void clientWithoutTls_isClosed() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), fixture.port)) {
      socket.setSoTimeout((int) ServerFixture.TIMEOUT.toMillis());
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      try (InputStream in = socket.getInputStream()) {
        in.readAllBytes();
      }
    }
    await()
        .atMost(ServerFixture.TIMEOUT)
        .untilAsserted(() -> assertThat(fixture.server.openConnections()).isZero());
  }

  @Test
  void catalogue_changed_isDiscovered() throws Exception {
    String path = "/apis/external.metrics.k8s.io/v1beta1";
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_2, null)) {
      assertThat(body(client, path)).contains("\"my-external-metric\"");

      fixture.metrics.setCatalogue(new MetricCatalogue(List.of("new-one"), List.of()));

      assertThat(body(client, path)).contains("\"new-one\"").doesNotContain("my-external");
    }
  }

  private String body(HttpClient client, String path) throws Exception {
    HttpResponse<String> response = fixture.get(client, path, "Authorization", "Bearer hpa-token");
    return response.body();
  }

  private Certificate shownCertificate() throws Exception {
    try (HttpClient client = fixture.client(HttpClient.Version.HTTP_1_1, null)) {
      return fixture.get(client, "/livez").sslSession().orElseThrow().getPeerCertificates()[0];
    }
  }
}
