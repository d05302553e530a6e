package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.exposition.ExpositionLimits;
import io.gpuscaling.core.http.BoundedBody;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Gets the page of one dcgm-exporter over HTTP/1.1. One deadline covers connection, headers and
 * body: the client's own ends with the headers. Redirects are not followed, nothing but plain text
 * is read, a body over the limit ends the connection. Safe for use by any thread.
 */
public final class DcgmScraper implements AutoCloseable {

  private static final String ACCEPT = "text/plain;version=0.0.4";

  private final HttpClient client;
  private final URI url;
  private final Duration timeout;
  private final int bodyLimitBytes;

  private DcgmScraper(HttpClient client, URI url, Duration timeout, int bodyLimitBytes) {
    this.client = client;
    this.url = url;
    this.timeout = timeout;
    this.bodyLimitBytes = bodyLimitBytes;
  }

  /**
   * A scraper of this address; connects only when it scrapes.
   *
   * @param url of {@code http} or {@code https}
   * @param timeout for a whole scrape
   * @throws IllegalArgumentException for another kind of address
   */
  public static DcgmScraper create(URI url, Duration timeout) {
    return create(url, timeout, ExpositionLimits.BODY_BYTES);
  }

  /**
   * The same for a server whose certificate these authorities have signed, and nobody else.
   *
   * @param tls for {@code https}; null: the authorities of the Java runtime
   */
  static DcgmScraper create(URI url, Duration timeout, @Nullable SSLContext tls) {
    return create(url, timeout, ExpositionLimits.BODY_BYTES, tls);
  }

  static DcgmScraper create(URI url, Duration timeout, int bodyLimitBytes) {
    return create(url, timeout, bodyLimitBytes, null);
  }

  private static DcgmScraper create(
      URI url, Duration timeout, int bodyLimitBytes, @Nullable SSLContext tls) {
    String scheme = url.getScheme();
    if (url.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw new IllegalArgumentException("the DCGM address must be http://HOST:PORT/PATH");
    }
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout);
    if (tls != null) {
      client.sslContext(tls);
    }
    return new DcgmScraper(client.build(), url, timeout, bodyLimitBytes);
  }

  /** Scrapes once. Blocks for at most the timeout. */
  public ScrapeResult scrape() throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(url).header("Accept", ACCEPT).GET().build();
    CompletableFuture<HttpResponse<Optional<byte[]>>> answer =
        client.sendAsync(request, info -> subscriber(info.statusCode(), info.headers()));
    try {
      return judge(answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException _) {
      return timedOut();
    } catch (ExecutionException e) {
      return failed(e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  /** Ends a scrape that runs; it fails then. */
  @Override
  public void close() {
    client.shutdownNow();
  }

  private HttpResponse.BodySubscriber<Optional<byte[]>> subscriber(
      int status, HttpHeaders headers) {
    boolean wanted = status == 200 && contentProblem(headers) == null;
    // The body of any other answer is not read: a limit of 0 bytes ends the connection.
    return new BoundedBody(wanted ? bodyLimitBytes : 0);
  }

  private ScrapeResult judge(HttpResponse<Optional<byte[]>> answer) {
    int status = answer.statusCode();
    if (status != 200) {
      ScrapeFailure failure =
          switch (status / 100) {
            case 3 -> ScrapeFailure.REDIRECT;
            case 5 -> ScrapeFailure.SERVER_ERROR;
            default ->
                status == 401 || status == 403 ? ScrapeFailure.REFUSED : ScrapeFailure.STATUS;
          };
      return new ScrapeResult.Failed(failure, "status " + status);
    }
    String problem = contentProblem(answer.headers());
    if (problem != null) {
      return new ScrapeResult.Failed(ScrapeFailure.CONTENT_TYPE, problem);
    }
    return answer
        .body()
        .<ScrapeResult>map(ScrapeResult.Body::new)
        .orElseGet(() ->
            new ScrapeResult.Failed(
                ScrapeFailure.TOO_LARGE, "the page has more than " + bodyLimitBytes + " bytes"));
  }

  /** Absent is right: dcgm-exporter sends no Content-Type with an empty page. */
  private static @Nullable String contentProblem(HttpHeaders headers) {
    String type = headers.firstValue("Content-Type").orElse("text/plain");
    int parameters = type.indexOf(';');
    String media = (parameters < 0 ? type : type.substring(0, parameters)).strip();
    if (!media.toLowerCase(Locale.ROOT).equals("text/plain")) {
      return "the answer is not text/plain";
    }
    String encoding = headers.firstValue("Content-Encoding").orElse("identity");
    return encoding.equalsIgnoreCase("identity") ? null : "the answer is encoded";
  }

  private ScrapeResult timedOut() {
    return new ScrapeResult.Failed(
        ScrapeFailure.TIMEOUT, "no whole answer within " + timeout.toMillis() + " ms");
  }

  private ScrapeResult failed(@Nullable Throwable cause) {
    return switch (cause) {
      case HttpTimeoutException _ -> timedOut();
      case SSLException _ ->
          new ScrapeResult.Failed(
              ScrapeFailure.TLS, "its certificate is not trusted, or it speaks no TLS");
      case ConnectException _ ->
          new ScrapeResult.Failed(ScrapeFailure.UNREACHABLE, "no connection");
      case IOException e when isWithinBody(e) ->
          new ScrapeResult.Failed(ScrapeFailure.CUT, "the connection ended within the body");
      case null, default ->
          new ScrapeResult.Failed(
              ScrapeFailure.UNREACHABLE, "the connection broke before the answer");
    };
  }

  /** The client has no type for it; without this text it is called unreachable, which is true. */
  private static boolean isWithinBody(IOException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      String message = t.getMessage();
      if (message != null
          && (message.contains("content-length")
              || message.contains("fixed content")
              || message.contains("chunked transfer"))) {
        return true;
      }
    }
    return false;
  }
}
