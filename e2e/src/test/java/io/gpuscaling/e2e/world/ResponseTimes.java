package io.gpuscaling.e2e.world;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A web server's {@code /metrics} on loopback: a histogram of response times that grows by 100
 * requests with each scrape.
 */
public final class ResponseTimes implements AutoCloseable {

  /** Of 100 requests so many within 0.25 s, 0.5 s, 1 s and 4 s. */
  public record Requests(int quarter, int half, int one, int four) {}

  /** All within 0.25 s but one. */
  public static final Requests FAST = new Requests(99, 100, 100, 100);

  /** Every 25th takes more than a second. */
  public static final Requests SLOW_TAIL = new Requests(90, 96, 96, 100);

  /** Every tenth takes more than half a second. */
  public static final Requests SLOW = new Requests(50, 90, 100, 100);

  /** No requests. */
  public static final Requests NOBODY = new Requests(0, 0, 0, 0);

  private final HttpServer server;
  private final AtomicReference<Requests> requests = new AtomicReference<>(NOBODY);
  private Requests sum = NOBODY;

  /** Serves nobody yet. */
  public ResponseTimes() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          byte[] body = page().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  private synchronized String page() {
    Requests more = requests.get();
    sum =
        new Requests(
            sum.quarter() + more.quarter(),
            sum.half() + more.half(),
            sum.one() + more.one(),
            sum.four() + more.four());
    return """
    # TYPE api_seconds histogram
    api_seconds_bucket{handler="/api/v1/generations",le="0.25"} %1$d
    api_seconds_bucket{handler="/api/v1/generations",le="0.5"} %2$d
    api_seconds_bucket{handler="/api/v1/generations",le="1"} %3$d
    api_seconds_bucket{handler="/api/v1/generations",le="4"} %4$d
    api_seconds_bucket{handler="/api/v1/generations",le="+Inf"} %4$d
    api_seconds_bucket{handler="/reports",le="0.25"} 0
    api_seconds_bucket{handler="/reports",le="+Inf"} %4$d
    """
        .formatted(sum.quarter(), sum.half(), sum.one(), sum.four());
  }

  /** How fast it is from now on. */
  public void serve(Requests next) {
    requests.set(next);
  }

  /** Where it is scraped. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
