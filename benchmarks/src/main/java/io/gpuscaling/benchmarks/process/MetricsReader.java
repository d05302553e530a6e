package io.gpuscaling.benchmarks.process;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks the external metrics API what an HPA would ask. Safe for use by any thread. */
public final class MetricsReader {

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
  private static final JsonMapper JSON = new JsonMapper();

  private final StandaloneAdapter adapter;
  private final HttpClient client;

  /** Connects at the first question. */
  public MetricsReader(StandaloneAdapter adapter) {
    this.adapter = adapter;
    this.client =
        HttpClient.newBuilder()
            .sslContext(adapter.readerTls())
            .connectTimeout(REQUEST_TIMEOUT)
            .build();
  }

  /**
   * An answer.
   *
   * @param code the HTTP code
   * @param items how many items it has; 0 when it is an error
   * @param sum of the items, what an HPA makes of them; empty when it is an error
   * @param message of an error, else empty
   */
  public record External(int code, int items, OptionalDouble sum, String message) {

    /** No answer came: code 0. */
    public static External none(IOException failure) {
      return new External(0, 0, OptionalDouble.empty(), String.valueOf(failure.getMessage()));
    }
  }

  /** The path of a metric's question without a selector. */
  public static String pathOf(String metric) {
    return "/apis/external.metrics.k8s.io/v1beta1/namespaces/"
        + IngestTarget.NAMESPACE
        + "/"
        + metric;
  }

  /**
   * Asks for a metric of all nodes.
   *
   * @throws IOException when there is no answer in time
   */
  public External external(String metric) throws IOException, InterruptedException {
    HttpResponse<String> response = ask(metric);
    return read(response.statusCode(), response.body());
  }

  /**
   * The values of a metric by one label of its items; none when the answer is an error.
   *
   * @param metric with its query
   * @throws IOException when there is no answer in time
   */
  public Map<String, Double> byLabel(String metric, String label)
      throws IOException, InterruptedException {
    HttpResponse<String> response = ask(metric);
    return response.statusCode() == 200 ? readByLabel(response.body(), label) : Map.of();
  }

  /** Reads a body of the external metrics API that is no error. */
  static Map<String, Double> readByLabel(String body, String label) {
    Map<String, Double> values = new HashMap<>();
    for (JsonNode item : JSON.readTree(body).get("items")) {
      values.merge(
          item.get("metricLabels").path(label).asString(""),
          quantity(item.get("value").stringValue()),
          Double::sum);
    }
    return values;
  }

  private HttpResponse<String> ask(String metric) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(
                URI.create("https://127.0.0.1:" + adapter.securePort() + pathOf(metric)))
            .timeout(REQUEST_TIMEOUT)
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** Reads a body of the external metrics API. */
  static External read(int code, String body) {
    JsonNode json = JSON.readTree(body);
    if (code != 200) {
      return new External(code, 0, OptionalDouble.empty(), json.path("message").asString(""));
    }
    double sum = 0;
    for (JsonNode item : json.get("items")) {
      sum += quantity(item.get("value").stringValue());
    }
    return new External(code, json.get("items").size(), OptionalDouble.of(sum), "");
  }

  /** A Kubernetes quantity of the suffixes that the adapter writes. */
  static double quantity(String text) {
    char last = text.charAt(text.length() - 1);
    if (Character.isDigit(last)) {
      return Double.parseDouble(text);
    }
    double number = Double.parseDouble(text.substring(0, text.length() - 1));
    return number
        * switch (last) {
          case 'n' -> 1e-9;
          case 'u' -> 1e-6;
          case 'm' -> 1e-3;
          case 'k' -> 1e3;
          case 'M' -> 1e6;
          case 'G' -> 1e9;
          case 'T' -> 1e12;
          case 'P' -> 1e15;
          default -> throw new IllegalArgumentException("not a quantity: " + text);
        };
  }
}
