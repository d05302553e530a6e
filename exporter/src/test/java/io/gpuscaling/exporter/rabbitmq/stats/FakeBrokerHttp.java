package io.gpuscaling.exporter.rabbitmq.stats;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** Both HTTP interfaces of a broker; answers by what a path begins with. */
final class FakeBrokerHttp implements AutoCloseable {

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Reply(int status, byte[] body, int sentBytes) {}

  private final HttpServer server;
  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  final List<String> authorizations = new CopyOnWriteArrayList<>();
  final List<String> asked = new CopyOnWriteArrayList<>();

  FakeBrokerHttp() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  void put(String pathAndQuery, int status, byte[] body) {
    replies.put(pathAndQuery, new Reply(status, body, body.length));
  }

  /** Sends the headers and half of the body, and no more. */
  void stall(String pathAndQuery, byte[] body) {
    replies.put(pathAndQuery, new Reply(200, body, body.length / 2));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String target = exchange.getRequestURI().toString();
    asked.add(target);
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    if (authorization != null) {
      authorizations.add(authorization);
    }
    Reply reply =
        replies.entrySet().stream()
            .filter(it -> target.contains(it.getKey()))
            .max((a, b) -> Integer.compare(a.getKey().length(), b.getKey().length()))
            .map(Map.Entry::getValue)
            .orElse(new Reply(404, new byte[] {'-'}, 1));
    exchange.sendResponseHeaders(reply.status(), reply.body().length);
    exchange.getResponseBody().write(reply.body(), 0, reply.sentBytes());
    exchange.getResponseBody().flush();
    if (reply.sentBytes() < reply.body().length) {
      try {
        closed.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    exchange.close();
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
