package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.http.BoundedBody;
import io.gpuscaling.core.metric.UnknownReason;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * GET requests to one broker over HTTP/1.1. One deadline covers connection, headers and body; a
 * body over the limit fails; redirects are not followed, so that credentials stay where they are
 * meant for. Safe for use by any thread.
 */
final class BrokerHttp implements AutoCloseable {

  /** About 15,000 queues of a vhost; the exporter's heap has 48 MiB. */
  static final int MAX_BODY_BYTES = 4 * 1024 * 1024;

  private static final int OK = 200;

  private final Duration timeout;
  private volatile HttpClient client;
  private volatile boolean closed;

  BrokerHttp(@Nullable SSLContext tls, Duration timeout) {
    this.timeout = timeout;
    this.client = client(tls);
  }

  private HttpClient client(@Nullable SSLContext tls) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .connectTimeout(timeout);
    if (tls != null) {
      builder.sslContext(tls);
    }
    return builder.build();
  }

  /** From now on connections are new ones, with this; requests that run end on the old ones. */
  void renew(SSLContext tls) {
    HttpClient old = client;
    client = client(tls);
    old.shutdown();
    if (closed) {
      client.shutdownNow();
    }
  }

  /** The header of a user and a password. */
  static String basic(String user, String password) {
    byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(both);
  }

  /**
   * Asks without waiting; the answer comes within the timeout.
   *
   * @param authorization null for none
   */
  CompletableFuture<HttpAnswer> get(URI uri, @Nullable String authorization) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).GET();
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    CompletableFuture<HttpResponse<Optional<byte[]>>> sent =
        client.sendAsync(
            request.build(), info -> new BoundedBody(info.statusCode() == OK ? MAX_BODY_BYTES : 0));
    return sent.orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .handle((response, failure) -> {
          if (failure == null) {
            return judge(response);
          }
          sent.cancel(true);
          return failed(failure);
        });
  }

  @Override
  public void close() {
    closed = true;
    client.shutdownNow();
  }

  private static HttpAnswer judge(HttpResponse<Optional<byte[]>> response) {
    int status = response.statusCode();
    return switch (status) {
      case OK ->
          response
              .body()
              .<HttpAnswer>map(HttpAnswer.Body::new)
              .orElseGet(() ->
                  new HttpAnswer.Failed(
                      UnknownReason.NOT_REPORTED,
                      "an answer of more than " + MAX_BODY_BYTES + " bytes"));
      case 401, 403 -> new HttpAnswer.Failed(UnknownReason.REFUSED, "status " + status);
      case 404 -> new HttpAnswer.Failed(UnknownReason.MISSING, "status 404");
      default -> new HttpAnswer.Failed(UnknownReason.NOT_REPORTED, "status " + status);
    };
  }

  private HttpAnswer failed(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    String detail =
        switch (cause) {
          case TimeoutException _ -> "no whole answer within " + timeout.toMillis() + " ms";
          case IOException e -> "no whole answer: " + e.getClass().getSimpleName();
          default -> "no answer: " + cause.getClass().getSimpleName();
        };
    return new HttpAnswer.Failed(UnknownReason.UNREACHABLE, detail);
  }
}
