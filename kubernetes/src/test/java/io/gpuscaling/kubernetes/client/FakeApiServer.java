package io.gpuscaling.kubernetes.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Answers token reviews over TLS as a test tells it, and keeps what it was asked. */
final class FakeApiServer implements AutoCloseable {

  /** One request as it came. */
  record Received(String method, String path, String authorization, String type, String body) {}

  /** How a request is answered. */
  @FunctionalInterface
  interface Answer {
    void write(HttpExchange exchange) throws IOException;

    /** A status and a body. */
    static Answer of(int status, String body) {
      return exchange -> {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
      };
    }
  }

  private final HttpsServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private volatile Answer answer = Answer.of(500, "");

  private FakeApiServer(HttpsServer server) {
    this.server = server;
  }

  static FakeApiServer start(CertificateAuthority authority)
      throws IOException, GeneralSecurityException {
    return start(authority, 0, new SubjectName.Ip("127.0.0.1"));
  }

  static FakeApiServer start(CertificateAuthority authority, int port, SubjectName name)
      throws IOException, GeneralSecurityException {
    var server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(
            ClientTls.trusting(authority, authority.issueServer("apiserver", name))));
    var fake = new FakeApiServer(server);
    server.setExecutor(fake.threads);
    server.createContext("/", fake::handle);
    server.start();
    return fake;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      received.add(
          new Received(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
              String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type")),
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
      answer.write(exchange);
    }
  }

  void answer(Answer next) {
    answer = next;
  }

  void answer(int status, String body) {
    answer(Answer.of(status, body));
  }

  List<Received> received() {
    return received;
  }

  int port() {
    return server.getAddress().getPort();
  }

  URI address() {
    return URI.create("https://127.0.0.1:" + port());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow(); // whoever still answers is interrupted
  }
}
