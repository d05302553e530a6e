package io.gpuscaling.adapter.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gpuscaling.adapter.prometheus.QueryAnswer.Failed;
import io.gpuscaling.adapter.prometheus.QueryAnswer.Found;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.relay.Fault;
import io.gpuscaling.testkit.relay.FaultyProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HttpQueryClientTest {

  private static final byte[] SEVEN =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[60,\"7\"]}}"
          .getBytes(StandardCharsets.UTF_8);
  private static final Found IS_SEVEN = new Found(7, Instant.ofEpochSecond(60));
  private static final GrantedQuery QUERY =
      new GrantedQuery("p95", "sum(rate(a{b=\"c d\"}[5m])) + 1", Set.of("*"));
  private static final Duration PLENTY = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir private Path folder;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch released = new CountDownLatch(1);

  @AfterEach
  void close() throws Exception {
    released.countDown();
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
    threads.shutdownNow();
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  private HttpServer serve(HttpServer server, HttpHandler handler) {
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          requests.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI().getRawPath()
                  + "?"
                  + exchange.getRequestURI().getQuery()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization"));
          handler.handle(exchange);
        });
    server.start();
    open.add(() -> server.stop(0));
    return server;
  }

  private int plain(HttpHandler handler) throws IOException {
    return serve(
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0),
            handler)
        .getAddress()
        .getPort();
  }

  private static KeyStore keys(IssuedCertificate certificate)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server",
        certificate.privateKey(),
        new char[0],
        new Certificate[] {certificate.certificate()});
    return store;
  }

  private int secure(CertificateAuthority authority) throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(
        keys(authority.issueServer("prometheus", new SubjectName.Ip("127.0.0.1"))), new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return serve(server, exchange -> answer(exchange, 200, SEVEN)).getAddress().getPort();
  }

  private HttpQueryClient client(
      String url, Optional<Path> caFile, Optional<Path> tokenFile, Duration timeout) {
    var client =
        new HttpQueryClient(
            new PrometheusSettings(
                URI.create(url),
                caFile,
                tokenFile,
                timeout,
                Duration.ofSeconds(5),
                Duration.ofMinutes(1),
                Map.of(QUERY.name(), QUERY)));
    open.add(client);
    return client;
  }

  private HttpQueryClient client(int port, Duration timeout) {
    return client("http://127.0.0.1:" + port, Optional.empty(), Optional.empty(), timeout);
  }

  private static QueryFailure failure(QueryAnswer answer) {
    assertThat(answer).isInstanceOf(Failed.class);
    return ((Failed) answer).failure();
  }

  @Test
  void question_isGetWithTheTextEncoded() throws IOException {
    int port = plain(exchange -> answer(exchange, 200, SEVEN));

    assertThat(
            client(
                    "http://127.0.0.1:" + port + "/root/",
                    Optional.empty(),
                    Optional.empty(),
                    PLENTY)
                .ask(QUERY))
        .isEqualTo(IS_SEVEN);

    assertThat(requests)
        .containsExactly(
            "GET /root/api/v1/query?query=sum(rate(a{b=\"c+d\"}[5m]))+++1"
                + "&timeout=30000ms&lookback_delta=60000ms null");
  }

  @Test
  void noAnswer_andOneThatStopsInTheMiddle_areTimeouts() throws IOException {
    int silent =
        plain(exchange -> {
          await(released);
          exchange.close();
        });
    assertThat(failure(client(silent, SHORT).ask(QUERY))).isEqualTo(QueryFailure.TIMEOUT);

    int stalls =
        plain(exchange -> {
          exchange.sendResponseHeaders(200, SEVEN.length);
          exchange.getResponseBody().write(SEVEN, 0, 10);
          exchange.getResponseBody().flush();
          await(released);
          exchange.close();
        });
    assertThat(failure(client(stalls, SHORT).ask(QUERY))).isEqualTo(QueryFailure.TIMEOUT);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void connectionThatBreaks_isNoNumber_andTheNextOneIs() throws IOException {
    int port = plain(exchange -> answer(exchange, 200, SEVEN));
    try (FaultyProxy proxy =
        FaultyProxy.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      HttpQueryClient client = client(proxy.port(), PLENTY);
      for (Fault fault :
          List.of(
              new Fault.Refuse(),
              new Fault.Reset(),
              new Fault.HalfClose(),
              new Fault.CutAfter(120))) {
        proxy.apply(fault);
        assertThat(failure(client.ask(QUERY))).isEqualTo(QueryFailure.UNREACHABLE);
      }

      proxy.apply(new Fault.None());
      assertThat(client.ask(QUERY)).isEqualTo(IS_SEVEN);
    }
  }

  @Test
  void largerThanTheLimit_isNoNumber() throws IOException {
    int port =
        plain(exchange -> answer(exchange, 200, new byte[HttpQueryClient.MAX_BODY_BYTES + 1]));

    Failed failed = (Failed) client(port, PLENTY).ask(QUERY);

    assertThat(failed.failure()).isEqualTo(QueryFailure.TOO_LARGE);
    assertThat(failed.sentence()).contains("aggregate");
  }

  @Test
  void redirect_isNotFollowed() throws IOException {
    int port =
        plain(exchange -> {
          exchange.getResponseHeaders().set("Location", "http://127.0.0.1:1/elsewhere");
          answer(exchange, 302, new byte[0]);
        });

    assertThat(failure(client(port, PLENTY).ask(QUERY))).isEqualTo(QueryFailure.STATUS);
    assertThat(requests).hasSize(1);
  }

  @Test
  void authority_isTheFilesAndNoOther_readAgainWhenItChanges() throws Exception {
    CertificateAuthority right = CertificateAuthority.create("right", InstantSource.system());
    CertificateAuthority wrong = CertificateAuthority.create("wrong", InstantSource.system());
    Path caFile = folder.resolve("ca.crt");
    Files.writeString(caFile, wrong.certificatePem());
    HttpQueryClient client =
        client("https://127.0.0.1:" + secure(right), Optional.of(caFile), Optional.empty(), PLENTY);
    assertThat(failure(client.ask(QUERY))).isEqualTo(QueryFailure.UNREACHABLE);

    Files.writeString(caFile, right.certificatePem());
    assertThat(client.ask(QUERY)).isEqualTo(IS_SEVEN);

    Files.writeString(caFile, "nothing");
    assertThat(failure(client.ask(QUERY))).isEqualTo(QueryFailure.CREDENTIALS);
    Files.delete(caFile);
    assertThat(failure(client.ask(QUERY))).isEqualTo(QueryFailure.CREDENTIALS);
  }

  @Test
  void token_isReadForEachQuestion_andNeverShown() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("ca", InstantSource.system());
    Path caFile = folder.resolve("ca.crt");
    Files.writeString(caFile, authority.certificatePem());
    Path tokenFile = folder.resolve("token");
    Files.writeString(tokenFile, "first\n");
    HttpQueryClient client =
        client(
            "https://127.0.0.1:" + secure(authority),
            Optional.of(caFile),
            Optional.of(tokenFile),
            PLENTY);
    assertThat(client.ask(QUERY)).isEqualTo(IS_SEVEN);
    Files.writeString(tokenFile, "second");
    assertThat(client.ask(QUERY)).isEqualTo(IS_SEVEN);
    assertThat(requests).hasSize(2);
    assertThat(requests.get(0)).endsWith("Bearer first");
    assertThat(requests.get(1)).endsWith("Bearer second");

    Files.writeString(tokenFile, "sec ret\n\n");
    Failed failed = (Failed) client.ask(QUERY);
    assertThat(failed.failure()).isEqualTo(QueryFailure.CREDENTIALS);
    assertThat(failed.toString()).doesNotContain("sec ret");
    assertThat(requests).hasSize(2);
  }
}
