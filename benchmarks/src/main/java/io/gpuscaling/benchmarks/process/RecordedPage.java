package io.gpuscaling.benchmarks.process;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;

/** Serves a page that a dcgm-exporter once served, always the same. */
public final class RecordedPage implements AutoCloseable {

  private final HttpServer server;

  private RecordedPage(HttpServer server) {
    this.server = server;
  }

  /** Serves it on a free port of loopback. */
  public static RecordedPage serve() throws IOException {
    byte[] page = Files.readAllBytes(Checkout.recordedPage());
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, page.length);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(page);
          }
        });
    server.start();
    return new RecordedPage(server);
  }

  /** Where it is. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/metrics";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
