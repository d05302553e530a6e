package io.gpuscaling.e2e.world;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** A dcgm-exporter that answers with one recorded page for ever. */
public final class RecordedDcgm implements AutoCloseable {

  private static final Path L4_PAGE =
      Repository.path("exporter", "src", "test", "resources", "dcgm", "v4.x-l4-idle-aws-kops.prom");

  private final HttpServer server;

  private RecordedDcgm(HttpServer server) {
    this.server = server;
  }

  /** One idle NVIDIA L4, as scraped from dcgm-exporter 4.x. */
  public static RecordedDcgm start() {
    try {
      byte[] page = Files.readAllBytes(L4_PAGE);
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/metrics",
          exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
          });
      server.start();
      return new RecordedDcgm(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The page's address. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/metrics";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
