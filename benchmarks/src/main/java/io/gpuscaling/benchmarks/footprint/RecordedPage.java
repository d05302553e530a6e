package io.gpuscaling.benchmarks.footprint;

import com.sun.net.httpserver.HttpServer;
import io.gpuscaling.benchmarks.process.Checkout;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;

/** Serves a page that a dcgm-exporter once served, always the same. */
final class RecordedPage implements AutoCloseable {

  private final HttpServer server;

  private RecordedPage(HttpServer server) {
    this.server = server;
  }

  static RecordedPage serve() throws IOException {
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

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/metrics";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
