package io.gpuscaling.testkit.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PrometheusProcessIT {

  @TempDir Path folder;

  @Test
  void page_isScrapedEachSecond() throws IOException {
    HttpServer page =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    page.createContext(
        "/metrics",
        exchange -> {
          byte[] body = "answer 42\n".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    page.start();
    try (var prometheus = Prometheus.start(folder, List.of(page.getAddress().getPort()));
        HttpClient client = HttpClient.newHttpClient()) {
      var query =
          HttpRequest.newBuilder(prometheus.url().resolve("/api/v1/query?query=answer")).build();

      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              client.send(query, HttpResponse.BodyHandlers.ofString()).body().contains("\"42\""));
      assertThat(prometheus.process().isAlive()).isTrue();
    } finally {
      page.stop(0);
    }
  }

  @Test
  void promtool_saysWhetherRulesAreUnderstood() throws IOException {
    Path right = Files.writeString(folder.resolve("right.yaml"), "groups: []\n");
    Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "groups: 7\n");

    assertThat(Prometheus.promtool(List.of("check", "rules", right.toString())).isSuccess())
        .isTrue();
    assertThat(Prometheus.promtool(List.of("check", "rules", wrong.toString())).isSuccess())
        .isFalse();
  }
}
