package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
final class DcgmScraperTest {

  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(200);

  private static ScrapeResult scrape(RawHttpServer.Answer answer, Duration timeout)
      throws IOException, InterruptedException {
    try (var server = new RawHttpServer(answer);
        var scraper = DcgmScraper.create(server.url(), timeout, 1000)) {
      return scraper.scrape();
    }
  }

  private static ScrapeFailure failure(ScrapeResult result) {
    assertThat(result).isInstanceOf(ScrapeResult.Failed.class);
    return ((ScrapeResult.Failed) result).failure();
  }

  private static String body(ScrapeResult result) {
    assertThat(result).isInstanceOf(ScrapeResult.Body.class);
    return new String(((ScrapeResult.Body) result).bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void page_isReturnedWhole() throws Exception {
    assertThat(body(scrape(RawHttpServer.page("m 1\n"), LONG))).isEqualTo("m 1\n");
  }

  @Test
  void request_isHttp11WithAccept() throws Exception {
    try (var server = new RawHttpServer(RawHttpServer.page("m 1\n"));
        var scraper = DcgmScraper.create(server.url(), LONG)) {
      scraper.scrape();

      assertThat(server.requests())
          .singleElement()
          .asString()
          .startsWith("GET /metrics HTTP/1.1\n")
          .contains("Accept: text/plain;version=0.0.4\n")
          .doesNotContainIgnoringCase("upgrade");
    }
  }

  @Test
  void emptyBodyWithoutContentType_isAPage() throws Exception {
    assertThat(
            body(scrape(RawHttpServer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), LONG)))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "301 Moved,REDIRECT",
    "302 Found,REDIRECT",
    "401 Unauthorized,REFUSED",
    "403 Forbidden,REFUSED",
    "404 Not Found,STATUS",
    "204 No Content,STATUS",
    "500 Internal Server Error,SERVER_ERROR",
    "503 Service Unavailable,SERVER_ERROR",
  })
  void otherStatus_isAFailure(String status, ScrapeFailure expected) throws Exception {
    assertThat(
            failure(
                scrape(
                    RawHttpServer.bytes(
                        "HTTP/1.1 "
                            + status
                            + "\r\nLocation: http://127.0.0.1:1/\r\nContent-Type: text/plain\r\n"
                            + (status.startsWith("204") ? "" : "Content-Length: 2\r\n")
                            + "\r\n"
                            + (status.startsWith("204") ? "" : "no")),
                    LONG)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "Content-Type: text/html",
    "Content-Type: text/html; charset=utf-8",
    "Content-Type: application/json",
    "Content-Encoding: gzip",
  })
  void otherContent_isAFailure(String header) throws Exception {
    assertThat(
            failure(
                scrape(
                    RawHttpServer.bytes(
                        "HTTP/1.1 200 OK\r\n" + header + "\r\nContent-Length: 4\r\n\r\nm 1\n"),
                    LONG)))
        .isEqualTo(ScrapeFailure.CONTENT_TYPE);
  }

  @Test
  void connectionRefused_isUnreachable() throws Exception {
    URI gone;
    try (var server = new RawHttpServer(RawHttpServer.page(""))) {
      gone = server.url();
    }
    try (var scraper = DcgmScraper.create(gone, LONG)) {
      assertThat(failure(scraper.scrape())).isEqualTo(ScrapeFailure.UNREACHABLE);
    }
  }

  @Test
  void connectionClosedBeforeTheAnswer_isUnreachable() throws Exception {
    assertThat(failure(scrape(RawHttpServer.bytes(""), LONG))).isEqualTo(ScrapeFailure.UNREACHABLE);
  }

  @ParameterizedTest
  @CsvSource({
    "'Content-Length: 100\r\n\r\nm 1\n'",
    "'Transfer-Encoding: chunked\r\n\r\n64\r\nm 1\n'",
  })
  void connectionClosedWithinTheBody_isCutOrUnreachableButNeverAPage(String rest) throws Exception {
    assertThat(
            failure(
                scrape(
                    RawHttpServer.bytes("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + rest),
                    LONG)))
        .isEqualTo(ScrapeFailure.CUT);
  }

  @Test
  void silenceBeforeTheHeaders_endsAtTheDeadline() throws Exception {
    assertThat(failure(scrape(RawHttpServer.stall(""), SHORT))).isEqualTo(ScrapeFailure.TIMEOUT);
  }

  @Test
  void silenceAfterTheHeaders_endsAtTheDeadline() throws Exception {
    assertThat(
            failure(
                scrape(
                    RawHttpServer.stall(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nm 1\n"),
                    SHORT)))
        .isEqualTo(ScrapeFailure.TIMEOUT);
  }

  @Test
  void drippingBody_endsAtTheDeadline() throws Exception {
    assertThat(failure(scrape(RawHttpServer.drip(), SHORT))).isEqualTo(ScrapeFailure.TIMEOUT);
  }

  @Test
  void bodyOverTheLimit_isRefusedAtTheLimit() throws Exception {
    assertThat(body(scrape(RawHttpServer.page("m".repeat(1000)), LONG))).hasSize(1000);
    assertThat(failure(scrape(RawHttpServer.page("m".repeat(1001)), LONG)))
        .isEqualTo(ScrapeFailure.TOO_LARGE);
  }

  @Test
  void endlessBody_isRefusedAtTheLimit() throws Exception {
    RawHttpServer.Answer endless =
        (out, closed) -> {
          out.write(
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
                  .getBytes(StandardCharsets.UTF_8));
          while (closed.getCount() > 0) {
            out.write("m".repeat(100).getBytes(StandardCharsets.UTF_8));
          }
        };

    assertThat(failure(scrape(endless, LONG))).isEqualTo(ScrapeFailure.TOO_LARGE);
  }

  @Test
  void close_endsAScrapeThatRuns() throws Exception {
    try (var server = new RawHttpServer(RawHttpServer.stall(""))) {
      var scraper = DcgmScraper.create(server.url(), Duration.ofMinutes(5));
      var result = new AtomicReference<ScrapeResult>();
      var done = new CountDownLatch(1);
      Thread.ofVirtual()
          .start(() -> {
            try {
              result.set(scraper.scrape());
            } catch (InterruptedException _) {
              Thread.currentThread().interrupt();
            } finally {
              done.countDown();
            }
          });
      await().until(() -> !server.requests().isEmpty());

      scraper.close();

      done.await();
      assertThat(failure(result.get())).isEqualTo(ScrapeFailure.UNREACHABLE);
    }
  }

  @ParameterizedTest
  @CsvSource({"ftp://host/", "http:/metrics", "metrics"})
  void otherAddress_isRefused(String url) {
    assertThatThrownBy(() -> DcgmScraper.create(URI.create(url), LONG))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
