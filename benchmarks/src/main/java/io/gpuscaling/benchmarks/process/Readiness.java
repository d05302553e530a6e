package io.gpuscaling.benchmarks.process;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.process.ManagedProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;

/**
 * Takes the time until a program that was just started says on {@code /readyz} that it is ready.
 */
public final class Readiness {

  /** Short against the times that are measured, long enough to leave the program its CPU. */
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(2);

  private final HttpClient client;
  private final Ticker ticker;
  private final long startedAtNanos;

  /** Begins to take the time: start the program right after. */
  public Readiness(SSLContext tls, Ticker ticker) {
    this.client =
        HttpClient.newBuilder()
            .sslContext(tls)
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(REQUEST_TIMEOUT)
            .build();
    this.ticker = ticker;
    this.startedAtNanos = ticker.nanos();
  }

  /**
   * Waits for it.
   *
   * @param scheme {@code http} or {@code https}
   * @return the time since this object was made
   * @throws IllegalStateException when the program ends first; its log says why
   */
  public Duration await(ManagedProcess process, String scheme, int port, Duration timeout) {
    var request =
        HttpRequest.newBuilder(URI.create(scheme + "://127.0.0.1:" + port + "/readyz"))
            .timeout(REQUEST_TIMEOUT)
            .build();
    Awaitility.await(process.name() + " is ready")
        .pollDelay(Duration.ZERO)
        .pollInterval(POLL_INTERVAL)
        .atMost(timeout)
        .until(() -> {
          if (!process.isAlive()) {
            throw new IllegalStateException(process.name() + " has ended:\n" + process.log());
          }
          return isReady(request);
        });
    return Duration.ofNanos(ticker.nanos() - startedAtNanos);
  }

  private boolean isReady(HttpRequest request) throws InterruptedException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false; // not listening yet
    }
  }
}
