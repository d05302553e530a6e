package io.gpuscaling.demo.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gpuscaling.policy.hpa.MetricReading;
import io.gpuscaling.testkit.process.LoopbackPorts;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

final class MetricsApiTest {

  private static ApiAnswer ask(int code, String body) throws Exception {
    var asked = new AtomicReference<URI>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            asked.set(exchange.getRequestURI());
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(code, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
    server.start();
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    try (var api = new MetricsApi(uri, "demo", SSLContext.getDefault())) {
      ApiAnswer answer = api.read("gpu_workers_busy");
      assertThat(asked.get().getPath())
          .isEqualTo("/apis/external.metrics.k8s.io/v1beta1/namespaces/demo/gpu_workers_busy");
      return answer;
    } finally {
      server.stop(0);
    }
  }

  @Test
  void read_items_labelsAndThousandths() throws Exception {
    ApiAnswer answer =
        ask(
            200,
            """
            {"items":[
             {"metricName":"m","metricLabels":{"node":"gpu-a"},"value":"1500m"},
             {"metricName":"m","metricLabels":{"node":"gpu-b"},"value":"2k"}]}\
            """);
    assertThat(answer)
        .isEqualTo(
            new ApiAnswer.Items(
                List.of(
                    new ApiAnswer.Item(Map.of("node", "gpu-a"), 1_500),
                    new ApiAnswer.Item(Map.of("node", "gpu-b"), 2_000_000))));
    assertThat(answer.reading()).isEqualTo(new MetricReading.Read(2_001_500));
    assertThat(answer.sumOf("node", "gpu-a")).hasValue(1_500);
    assertThat(answer.sumOf("node", "gpu-c")).isEmpty();
  }

  @Test
  void read_status_itsSentence() throws Exception {
    ApiAnswer answer = ask(503, "{\"kind\":\"Status\",\"message\":\"incomplete: 1 of 3 nodes\"}");
    assertThat(answer.reading())
        .isEqualTo(new MetricReading.Missing("503: incomplete: 1 of 3 nodes"));
    assertThat(answer.sumOf("node", "gpu-a")).isEmpty();
  }

  @Test
  void read_noItems_noValue() throws Exception {
    assertThat(ask(200, "{\"items\":[]}").reading())
        .isEqualTo(new MetricReading.Missing("no metrics returned from external metrics API"));
  }

  @Test
  void read_nonsense_noValue() throws Exception {
    assertThat(ask(200, "<html>").reading())
        .isEqualTo(new MetricReading.Missing("the answer is no JSON"));
    assertThat(ask(200, "{\"items\":[{\"value\":\"many\"}]}").reading())
        .isEqualTo(new MetricReading.Missing("200: a value is no quantity: many"));
  }

  @Test
  void read_nobodyThere_noValue() throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + LoopbackPorts.free(1).getFirst());
    try (var api = new MetricsApi(uri, "demo", SSLContext.getDefault())) {
      assertThat(api.read("m").reading())
          .isInstanceOfSatisfying(
              MetricReading.Missing.class,
              missing -> assertThat(missing.why()).startsWith("no answer"));
    }
  }

  @Test
  void read_silence_endsInTime() throws Exception {
    try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var api =
            new MetricsApi(
                URI.create("http://127.0.0.1:" + silent.getLocalPort()),
                "demo",
                SSLContext.getDefault())) {
      assertThat(api.read("m").reading()).isEqualTo(new MetricReading.Missing("no answer in 2 s"));
    }
  }
}
