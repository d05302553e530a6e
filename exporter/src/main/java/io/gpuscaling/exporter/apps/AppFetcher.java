package io.gpuscaling.exporter.apps;

import io.gpuscaling.core.http.BoundedBody;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Gets pages of applications over HTTP/1.1, without credentials. One deadline covers connection,
 * headers and body; redirects are not followed; of an answer that is not 200 no body is read. Safe
 * for use by any thread.
 */
final class AppFetcher implements AutoCloseable {

  private static final String ACCEPT = "application/json, text/plain;version=0.0.4;q=0.9";
  private static final int OK = 200;

  private final HttpClient client;
  private final Duration timeout;
  private final int maxBodyBytes;

  AppFetcher(Duration timeout, int maxBodyBytes) {
    this.timeout = timeout;
    this.maxBodyBytes = maxBodyBytes;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .connectTimeout(timeout)
            .build();
  }

  /** What came. */
  sealed interface Answer {

    /** A whole page, which its reader has for itself. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Body(byte[] bytes) implements Answer {}

    /** None. */
    record Failed(AppFailure failure) implements Answer {}
  }

  /** Gets one page; blocks for at most the timeout. */
  Answer get(URI url) throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(url).header("Accept", ACCEPT).GET().build();
    CompletableFuture<HttpResponse<Optional<byte[]>>> answer =
        client.sendAsync(
            request, info -> new BoundedBody(info.statusCode() == OK ? maxBodyBytes : 0));
    try {
      return judge(answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException _) {
      return new Answer.Failed(AppFailure.TIMEOUT);
    } catch (ExecutionException e) {
      return new Answer.Failed(failure(e.getCause()));
    } finally {
      answer.cancel(true);
    }
  }

  private static Answer judge(HttpResponse<Optional<byte[]>> answer) {
    int status = answer.statusCode();
    if (status != OK) {
      return new Answer.Failed(status / 100 == 3 ? AppFailure.REDIRECT : AppFailure.STATUS);
    }
    return answer
        .body()
        .<Answer>map(Answer.Body::new)
        .orElseGet(() -> new Answer.Failed(AppFailure.TOO_LARGE));
  }

  private static AppFailure failure(@Nullable Throwable cause) {
    return switch (cause) {
      case HttpTimeoutException _ -> AppFailure.TIMEOUT;
      case SSLException _ -> AppFailure.TLS;
      case null, default -> AppFailure.UNREACHABLE;
    };
  }

  /** Ends what runs; it fails then. */
  @Override
  public void close() {
    client.shutdownNow();
  }
}
