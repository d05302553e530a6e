package io.gpuscaling.adapter.prometheus;

import io.gpuscaling.adapter.prometheus.QueryAnswer.Failed;
import io.gpuscaling.core.http.BoundedBody;
import io.gpuscaling.core.tls.BearerTokenFile;
import io.gpuscaling.core.tls.TrustedAuthorities;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks over HTTP/1.1 with GET, so that the right to read is enough where a proxy checks. The token
 * file is read for each request, the CA file again when it has changed; redirects are not followed,
 * so that the token stays where it is meant for. Safe for use by any thread.
 */
final class HttpQueryClient implements QueryClient {

  /** One number needs 200 bytes; a query that forgot to aggregate may bring thousands of series. */
  static final int MAX_BODY_BYTES = 1024 * 1024;

  private static final String PATH = "/api/v1/query";

  private final PrometheusSettings settings;
  private final QueryAnswerReader reader = new QueryAnswerReader();
  private @Nullable TrustedClient current;

  private record TrustedClient(String authorities, HttpClient client) {}

  HttpQueryClient(PrometheusSettings settings) {
    this.settings = settings;
  }

  @Override
  public QueryAnswer ask(GrantedQuery query) {
    HttpRequest request;
    HttpClient client;
    try {
      HttpRequest.Builder builder =
          HttpRequest.newBuilder(uri(query)).header("Accept", "application/json").GET();
      if (settings.tokenFile().isPresent()) {
        builder.header(
            "Authorization", "Bearer " + BearerTokenFile.read(settings.tokenFile().get()));
      }
      request = builder.build();
      client = client();
    } catch (IOException | GeneralSecurityException e) {
      return new Failed(
          QueryFailure.CREDENTIALS,
          "the adapter's token or CA file for Prometheus cannot be read",
          e.getClass().getSimpleName() + ": " + e.getMessage());
    }
    return send(client, request);
  }

  private QueryAnswer send(HttpClient client, HttpRequest request) {
    CompletableFuture<HttpResponse<Optional<byte[]>>> sent =
        client.sendAsync(request, _ -> new BoundedBody(MAX_BODY_BYTES));
    try {
      // HttpRequest.timeout would end with the headers.
      HttpResponse<Optional<byte[]>> response =
          sent.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
      return response
          .body()
          .map(body -> reader.read(response.statusCode(), body))
          .orElseGet(() ->
              new Failed(
                  QueryFailure.TOO_LARGE,
                  "Prometheus' answer is larger than "
                      + MAX_BODY_BYTES
                      + " bytes: aggregate the series"));
    } catch (TimeoutException _) {
      return new Failed(
          QueryFailure.TIMEOUT,
          "Prometheus did not answer in " + settings.timeout().toMillis() / 1000.0 + " s");
    } catch (ExecutionException e) {
      return broken(e.getCause());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Failed(QueryFailure.UNREACHABLE, "the adapter ends");
    } finally {
      sent.cancel(true);
    }
  }

  private static Failed broken(@Nullable Throwable cause) {
    return new Failed(
        QueryFailure.UNREACHABLE,
        "Prometheus cannot be reached, or the connection broke",
        cause == null ? "" : cause.getClass().getSimpleName() + ": " + cause.getMessage());
  }

  /**
   * Prometheus gives up when nobody waits any more, and looks no further back for a sample than its
   * value may be old: by default it would take one of five minutes ago for the present.
   */
  private URI uri(GrantedQuery query) {
    String base = settings.url().toString();
    return URI.create(
        (base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
            + PATH
            + "?query="
            + URLEncoder.encode(query.promql(), StandardCharsets.UTF_8)
            + "&timeout="
            + settings.timeout().toMillis()
            + "ms&lookback_delta="
            + settings.stalenessLimit().toMillis()
            + "ms");
  }

  private synchronized HttpClient client() throws IOException, GeneralSecurityException {
    String authorities =
        settings.caFile().isPresent() ? Files.readString(settings.caFile().get()) : "";
    if (current == null || !current.authorities().equals(authorities)) {
      HttpClient.Builder builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(settings.timeout());
      if (settings.caFile().isPresent()) {
        builder.sslContext(TrustedAuthorities.context(authorities, settings.caFile().get()));
      }
      if (current != null) {
        current.client().shutdown(); // what runs on it may end
      }
      current = new TrustedClient(authorities, builder.build());
    }
    return current.client();
  }

  @Override
  public synchronized void close() {
    if (current != null) {
      current.client().shutdownNow();
      current = null;
    }
  }
}
