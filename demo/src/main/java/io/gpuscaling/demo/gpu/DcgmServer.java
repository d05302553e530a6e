package io.gpuscaling.demo.gpu;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A node's dcgm-exporter: {@code /metrics} over HTTP on 127.0.0.1. */
public final class DcgmServer implements AutoCloseable {

  private static final int BACKLOG = 16;
  private static final int OK = 200;

  private final HttpServer server;
  private final ExecutorService calls =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("dcgm-", 0).factory());
  private final DcgmPage page = DcgmPage.recorded();
  private final GpuNode node;

  private DcgmServer(HttpServer server, GpuNode node) {
    this.server = server;
    this.node = node;
  }

  /**
   * Listens on a free port.
   *
   * @throws IOException when there is none
   */
  public static DcgmServer start(GpuNode node) throws IOException {
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    var server = new DcgmServer(http, node);
    http.setExecutor(server.calls);
    http.createContext("/metrics", server::serve);
    http.start();
    return server;
  }

  /** The page's address. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/metrics");
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = page.render(node).getBytes(StandardCharsets.UTF_8);
      // dcgm-exporter sets no type: Go sniffs this one, and says not to sniff further.
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
      exchange.sendResponseHeaders(OK, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Stops listening and drops what is open. */
  @Override
  public void close() {
    server.stop(0);
    calls.shutdownNow();
  }
}
