package io.gpuscaling.testkit.controlplane;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * The Kubernetes API over HTTPS as one identity, by path: {@code
 * /apis/apps/v1/namespaces/a/deployments/b}. Faster than a process of kubectl for each question.
 * Safe for use by any thread.
 */
public final class KubernetesApi implements AutoCloseable {

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final String JSON = "application/json";
  private static final String APPLY = "application/apply-patch+yaml";
  private static final String MERGE = "application/merge-patch+json";

  private final JsonMapper json = new JsonMapper();
  private final URI server;
  private final HttpClient client;
  private final Optional<String> token;

  /** Connects on the first request. The context shows the client's certificate, if there is one. */
  KubernetesApi(URI server, SSLContext tls, Optional<String> token) {
    this.server = server;
    this.token = token;
    this.client = HttpClient.newBuilder().sslContext(tls).connectTimeout(REQUEST_TIMEOUT).build();
  }

  /**
   * An answer.
   *
   * @param status the HTTP status code
   * @param body the JSON document, {@link MissingNode} when it is no JSON
   * @param text the body as it came
   */
  public record Answer(int status, JsonNode body, String text) {

    /** Whether the status is 2xx. */
    public boolean isSuccess() {
      return status / 100 == 2;
    }

    /** What an object has come to, or the whole answer when it is no object. */
    private String summary() {
      return body.path("status").isObject() ? body.path("status").toString() : text;
    }

    /**
     * The document of a request that must not fail.
     *
     * @throws IllegalStateException when the status is not 2xx
     */
    public JsonNode orThrow() {
      if (!isSuccess()) {
        throw new IllegalStateException("HTTP " + status + ": " + text);
      }
      return body;
    }
  }

  /** Reads. */
  public Answer get(String path) {
    return send("GET", path, JSON, "");
  }

  /** Creates, from JSON. */
  public Answer post(String path, String body) {
    return send("POST", path, JSON, body);
  }

  /**
   * Creates or changes one object by server-side apply, from YAML.
   *
   * @param path the object's own path; may end with {@code /status}
   * @throws IllegalStateException when it is refused
   */
  public JsonNode apply(String path, String yaml) {
    return send("PATCH", path + "?fieldManager=testkit&force=true", APPLY, yaml).orThrow();
  }

  /** Changes some fields, by a JSON merge patch. */
  public Answer merge(String path, String patch) {
    return send("PATCH", path, MERGE, patch);
  }

  /** Deletes. */
  public Answer delete(String path) {
    return send("DELETE", path, JSON, "");
  }

  /**
   * Reads again and again until the answer is as wanted.
   *
   * @return the first answer that is
   * @throws IllegalStateException when none is within the timeout; the message holds the last one
   */
  public Answer await(String path, Duration timeout, Predicate<Answer> wanted) {
    var last = new AtomicReference<>(new Answer(0, MissingNode.getInstance(), "no answer"));
    try {
      Awaitility.await(path)
          .pollDelay(Duration.ZERO)
          .pollInterval(POLL_INTERVAL)
          .atMost(timeout)
          .until(() -> {
            last.set(get(path));
            return wanted.test(last.get());
          });
    } catch (ConditionTimeoutException e) {
      throw new IllegalStateException(
          "%s is not as wanted after %s, but HTTP %d: %s"
              .formatted(path, timeout, last.get().status(), last.get().summary()),
          e);
    }
    return last.get();
  }

  /** Ends its connections. */
  @Override
  public void close() {
    client.shutdownNow();
    client.close();
  }

  private Answer send(String method, String path, String contentType, String body) {
    var request =
        HttpRequest.newBuilder(server.resolve(path))
            .timeout(REQUEST_TIMEOUT)
            .header("Content-Type", contentType)
            .header("Accept", JSON)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    token.ifPresent(bearer -> request.header("Authorization", "Bearer " + bearer));
    try {
      var response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), parse(response.body()), response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted during " + method + " " + path, e);
    }
  }

  private JsonNode parse(String text) {
    try {
      return json.readTree(text);
    } catch (JacksonException e) {
      return MissingNode.getInstance();
    }
  }
}
