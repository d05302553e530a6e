package io.gpuscaling.e2e.world;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

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
    return start(UnaryOperator.identity());
  }

  /** The same page with something changed in it. */
  public static RecordedDcgm start(UnaryOperator<String> change) {
    try {
      byte[] page = change.apply(Files.readString(L4_PAGE)).getBytes(StandardCharsets.UTF_8);
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
