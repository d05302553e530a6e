package io.gpuscaling.demo.api;

import io.gpuscaling.policy.hpa.MilliQuantity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads {@code external.metrics.k8s.io/v1beta1} over HTTPS with a client certificate. Blocks the
 * caller, at most for the timeout. Safe for use by any thread.
 */
public final class MetricsApi implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int OK = 200;
  private static final int MAX_BODY_BYTES = 1 << 20;

  private final URI base;
  private final HttpClient client;
  private final JsonMapper json = JsonMapper.builder().build();

  /**
   * A client that has not connected yet.
   *
   * @param server {@code https://HOST:PORT}
   * @param namespace that asks
   * @param tls trusts the server and shows the reader's certificate
   */
  public MetricsApi(URI server, String namespace, SSLContext tls) {
    this.base =
        server.resolve("/apis/external.metrics.k8s.io/v1beta1/namespaces/" + namespace + "/");
    this.client = HttpClient.newBuilder().sslContext(tls).connectTimeout(TIMEOUT).build();
  }

  /** Where the metrics are, with a slash at the end. */
  public URI base() {
    return base;
  }

  /** Asks for one metric, without a selector. */
  public ApiAnswer read(String metric) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve(metric)).header("Accept", "application/json").build();
    CompletableFuture<HttpResponse<byte[]>> sent =
        client.sendAsync(
            request,
            HttpResponse.BodyHandlers.limiting(
                HttpResponse.BodyHandlers.ofByteArray(), MAX_BODY_BYTES));
    try {
      // HttpRequest.timeout would end with the headers.
      HttpResponse<byte[]> response = sent.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return answer(response.statusCode(), json.readTree(response.body()));
    } catch (ExecutionException e) {
      return new ApiAnswer.Refused(0, "no answer: " + message(e));
    } catch (TimeoutException e) {
      return new ApiAnswer.Refused(0, "no answer in " + TIMEOUT.toSeconds() + " s");
    } catch (JacksonException e) {
      return new ApiAnswer.Refused(0, "the answer is no JSON");
    } finally {
      sent.cancel(true);
    }
  }

  private static String message(ExecutionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    String message = cause.getMessage();
    return cause instanceof IOException && message != null
        ? message
        : cause.getClass().getSimpleName();
  }

  private static ApiAnswer answer(int code, JsonNode body) {
    if (code != OK) {
      return new ApiAnswer.Refused(code, body.path("message").asString(""));
    }
    List<ApiAnswer.Item> items = new ArrayList<>();
    for (JsonNode item : body.path("items")) {
      Map<String, String> labels = new LinkedHashMap<>();
      item.path("metricLabels")
          .properties()
          .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
      String value = item.path("value").asString("");
      OptionalLong milli = MilliQuantity.parse(value);
      if (milli.isEmpty()) {
        return new ApiAnswer.Refused(code, "a value is no quantity: " + value);
      }
      items.add(new ApiAnswer.Item(labels, milli.getAsLong()));
    }
    return new ApiAnswer.Items(items);
  }

  /** Drops what runs. */
  @Override
  public void close() {
    client.shutdownNow();
  }
}
