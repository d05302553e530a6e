package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Targets that two programs could read in two ways, byte for byte over TLS: who authorizes must see
 * what is served.
 */
class PathConfusionTest {

  private static final String CM = "/apis/custom.metrics.k8s.io/v1beta2";
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

  @TempDir private static Path folder;
  private static ServerFixture fixture;

  @BeforeAll
  static void start() throws Exception {
    fixture = new ServerFixture(folder);
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  /** What an answer was. */
  private record Seen(int code, String body) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//livez",
        "/livez//",
        "//",
        "/./livez",
        "/livez/.",
        "/livez/..",
        "/x/../livez",
        "/%2e/livez",
        "/x/%2e%2E/livez",
        "/x/.%2e/livez",
        "/livez%2F",
        "/livez%2fping",
        "/%2Flivez",
        "/livez%5Cping",
        "/livez\\ping",
        "/livez%00",
        "/livez%0A",
        "/livez%7F",
        "/livez%25",
        "/livez%2500",
        "/%256Civez",
        "/livez%252Fping",
        "/livez%",
        "/livez%4",
        "/livez%zz",
        "/livez%c0%af",
        "/livez%ff",
        "/livez\u00e4",
        "/livez?a;b",
        "/livez?%",
        CM + "/namespaces/ns/pods/../some-metric",
        CM + "/namespaces/ns/pods/*%2Fsome-metric",
        CM + "/namespaces/ns%2Fpods/foo/some-metric",
        CM + "/namespaces/ns/pods/foo/some-metric%2F",
        CM + "//namespaces/ns/pods/foo/some-metric",
        CM + "/namespaces//pods/foo/some-metric",
        CM + "/namespaces/shop/../ns/pods/foo/some-metric",
        CM + "/namespaces/ns/pods/foo%00/some-metric",
        CM + "/namespaces/ns/pods/%252A/some-metric",
        CM + "/namespaces/ns/pods/foo/some-metric?labelSelector=%zz",
        "/apis/custom.metrics.k8s.io%2Fv1beta2/nodes/*/some-metric",
      })
  void target_thatCouldBeReadTwice_isRefusedToAll(String target) throws Exception {
    for (Exchange exchange : new Exchange[] {this::overHttp1, this::overHttp2}) {
      // Whoever may do anything is told what is wrong; to others it is no health path.
      Seen reader = exchange.get(target, "hpa-token");
      assertThat(reader.code()).as("%s: %s", target, reader).isEqualTo(400);
      assertThat(reader.body()).contains("\"reason\":\"BadRequest\"").doesNotContain("\"value\"");
      assertThat(exchange.get(target, "nobody-token").code()).as(target).isEqualTo(403);
      assertThat(exchange.get(target, "").code()).as(target).isEqualTo(403);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/%6Civez", "/livez?x=/../y", "/livez?x=%2F", "/live%7a"})
  void target_withOneReading_isServed(String target) throws Exception {
    for (Exchange exchange : new Exchange[] {this::overHttp1, this::overHttp2}) {
      assertThat(exchange.get(target, "")).isEqualTo(new Seen(200, "ok"));
    }
  }

  @Test
  void target_rawBarAndStar_areThemselves() throws Exception {
    for (Exchange exchange : new Exchange[] {this::overHttp1, this::overHttp2}) {
      assertThat(exchange.get(CM + "/namespaces/ns/pods/*/a|b", "hpa-token").body())
          .contains("could not find the metric a|b for pods");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET https://localhost/livez HTTP/1.1",
        "GET livez HTTP/1.1",
        "GET * HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT localhost:443 HTTP/1.1",
        "GET /li vez HTTP/1.1",
        "GET /livez",
        "GET  HTTP/1.1",
        "G@T /livez HTTP/1.1",
        "GET /livez HTTP/2.0",
        "GET /livez HTTP/0.9",
        "get /livez HTTP/1.1",
      })
  void requestLine_ofAnotherForm_isNoHealthProbe(String line) throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send(line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n");

      assertThat(statuses(connection.receiveAll())).doesNotContain("2").hasSizeLessThanOrEqualTo(3);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length : 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 40\r\n",
        "X: a\u0000b\r\n",
        "X\u0000: a\r\n",
        "X : a\r\n",
        ": a\r\n",
      })
  void headers_thatHideASecondRequest_endTheConnectionAfterOneAnswer(String headers)
      throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send(
          "GET /version HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer hpa-token\r\n"
              + headers
              + "\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

      assertThat(statuses(connection.receiveAll())).isEqualTo("400");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n",
        "Upgrade: SPDY/3.1\r\nConnection: Upgrade\r\n",
        "Expect: 100-continue\r\nContent-Length: 2\r\n",
      })
  void upgrade_any_isIgnored(String headers) throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      connection.send(
          "GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hpa-token\r\n"
              + headers
              + "\r\n"
              + (headers.contains("Length") ? "{}" : "")
              + "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");

      // The second request is anonymous, which ends the connection.
      assertThat(statuses(connection.receiveAll())).isEqualTo("200 200");
    }
  }

  /** One request and its answer. */
  private interface Exchange {
    Seen get(String target, String token) throws Exception;
  }

  private Seen overHttp1(String target, String token) throws Exception {
    try (RawConnection connection = RawConnection.http1(fixture)) {
      String credentials = token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n";
      connection.send(
          "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + credentials + "\r\n");
      String answer = connection.receiveAll();
      return new Seen(
          Integer.parseInt(statuses(answer)), answer.substring(answer.indexOf("\r\n\r\n") + 4));
    }
  }

  private Seen overHttp2(String target, String token) throws Exception {
    try (RawConnection connection = RawConnection.http2(fixture)) {
      if (token.isEmpty()) {
        connection.get(1, target);
      } else {
        connection.get(1, target, "authorization", "Bearer " + token);
      }
      connection.flush();
      int code = connection.status(connection.await(RawConnection.HEADERS));
      return new Seen(code, connection.await(RawConnection.DATA).text());
    }
  }

  private static String statuses(String answers) {
    var codes = new StringBuilder();
    Matcher matcher = STATUS.matcher(answers);
    while (matcher.find()) {
      codes.append(codes.isEmpty() ? "" : " ").append(matcher.group(1));
    }
    return codes.toString();
  }
}
