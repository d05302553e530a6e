package io.gpuscaling.core.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.http.EndpointObserver.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointHandlerTest {

  private static final HttpLimits LIMITS =
      new HttpLimits(
          4,
          100,
          200,
          1,
          HttpLimits.DEFAULT.idleTimeout(),
          HttpLimits.DEFAULT.requestTimeout(),
          HttpLimits.DEFAULT.handlerTimeout(),
          HttpLimits.DEFAULT.writeTimeout(),
          HttpLimits.DEFAULT.drainTimeout());

  private final RecordingObserver observer = new RecordingObserver();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch interrupted = new CountDownLatch(1);
  private final EndpointHandler.Shared shared =
      new EndpointHandler.Shared(
          Map.of(
              "/a", new Route.Immediate(asked -> EndpointResponse.text(200, "a:" + asked.query())),
              "/broken", new Route.Immediate(_ -> broken()),
              "/posted", new Route.Posted(5, asked -> EndpointResponse.text(200, told(asked))),
              "/big", new Route.Offloaded(_ -> EndpointResponse.text(200, "x".repeat(5000))),
              "/slow", new Route.Offloaded(_ -> slow())),
          LIMITS,
          observer,
          new Offloading(LIMITS.maxInFlight()));
  private final EmbeddedChannel channel = newChannel();

  private EmbeddedChannel newChannel() {
    var fresh = new EmbeddedChannel(false, false);
    fresh.config().setAutoRead(false);
    HttpEndpoint.addHandlers(fresh, shared);
    try {
      fresh.register();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    return fresh;
  }

  private static String told(EndpointRequest asked) {
    return asked.authorization()
        + "|"
        + new String(asked.bodyBytes(), StandardCharsets.US_ASCII)
        + "|"
        + asked;
  }

  private static EndpointResponse broken() {
    throw new IllegalStateException("hunter2");
  }

  private EndpointResponse slow() {
    entered.countDown();
    try {
      assertThat(released.await(20, TimeUnit.SECONDS)).isTrue();
      return EndpointResponse.text(200, "slow");
    } catch (InterruptedException e) {
      interrupted.countDown();
      return EndpointResponse.text(500, "late");
    }
  }

  @AfterEach
  void close() {
    released.countDown();
    channel.finishAndReleaseAll();
  }

  private void send(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private String received() {
    var text = new StringBuilder();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      text.append(part.toString(StandardCharsets.ISO_8859_1));
      part.release();
    }
    return text.toString();
  }

  private String awaitReceived(String expected) {
    var text = new StringBuilder();
    Awaitility.await()
        .until(() -> {
          channel.runPendingTasks();
          text.append(received());
          return text.toString().contains(expected);
        });
    return text.toString();
  }

  private static String get(String target, String... headers) {
    var lines = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: h\r\n");
    for (String header : headers) {
      lines.append(header).append("\r\n");
    }
    return lines.append("\r\n").toString();
  }

  @Test
  void get_route_answersAndKeepsTheConnection() {
    send(get("/a?x=1"));
    assertThat(received())
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("content-type: text/plain; charset=utf-8\r\n")
        .contains("content-length: 5\r\n")
        .contains("x-content-type-options: nosniff\r\n")
        .endsWith("\r\n\r\na:x=1");
    assertThat(channel.isActive()).isTrue();
    send(get("/a"));
    assertThat(received()).endsWith("\r\n\r\na:");
    assertThat(observer.answers).containsExactly("/a 200", "/a 200");
  }

  @Test
  void get_pipelined_answersInOrder() {
    send(get("/a?1") + get("/nothing") + get("/a?2"));
    assertThat(received())
        .containsSubsequence("200 OK", "a:1", "404 Not Found", "Not Found\n", "200 OK", "a:2");
    assertThat(observer.answers).containsExactly("/a 200", " 404", "/a 200");
  }

  @Test
  void head_route_hasLengthNoBody() {
    send("HEAD /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(received()).contains("content-length: 5\r\n").endsWith("\r\n\r\n");
    assertThat(channel.isActive()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"POST", "DELETE", "OPTIONS", "BREW"})
  void otherMethod_isRefusedAndClosed(String method) {
    send(method + " /a HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(received())
        .startsWith("HTTP/1.1 405 Method Not Allowed\r\n")
        .contains("allow: GET, HEAD\r\n", "connection: close\r\n");
    assertThat(channel.isActive()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"Content-Length: 3", "Transfer-Encoding: chunked"})
  void body_isRefusedAndNeverRead(String header) {
    send(get("/a", header, "Expect: 100-continue") + "3\r\nabc\r\n0\r\n\r\n");
    assertThat(received())
        .startsWith("HTTP/1.1 413 Request Entity Too Large\r\n")
        .containsOnlyOnce("HTTP/1.1");
    assertThat(channel.isActive()).isFalse();
    assertThat(observer.refusals).containsExactly(Refusal.BAD_REQUEST);
  }

  @Test
  void emptyBody_isFine() {
    send(get("/a", "Content-Length: 0"));
    assertThat(received()).startsWith("HTTP/1.1 200");
  }

  private static String post(String body, String... headers) {
    return get("/posted", headers).replace("GET", "POST") + body;
  }

  @Test
  void posted_body_isHandedOnWithWhoSaysSo() {
    send(post("hello", "Content-Length: 5", "Authorization: Bearer secret"));
    assertThat(awaitReceived("hello"))
        .startsWith("HTTP/1.1 200")
        .endsWith("Bearer secret|hello|EndpointRequest[/posted]"); // no secret in the text
    send(post("", "Content-Length: 0"));
    assertThat(awaitReceived("||")).startsWith("HTTP/1.1 200");
    send(post("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "Transfer-Encoding: chunked"));
    assertThat(awaitReceived("hello")).startsWith("HTTP/1.1 200");
    assertThat(channel.isActive()).isTrue();
  }

  @Test
  void posted_bodyInPieces_isHandedOnWhole() {
    send(post("he", "Content-Length: 5"));
    channel.runPendingTasks();
    assertThat(received()).isEmpty();
    send("llo");
    assertThat(awaitReceived("|hello|")).startsWith("HTTP/1.1 200");
  }

  @ParameterizedTest
  @CsvSource({
    "Content-Length: 6, hello!, 413",
    "Content-Length: 9999999999, x, 413",
    "Transfer-Encoding: chunked, 6#hello!#0##, 413",
    "Content-Length: 5#Expect: 100-continue, hello, 417",
    "Content-Length: -1, x, 400",
  })
  void posted_tooLongOrNotAtOnce_isRefusedAndClosed(String headers, String body, int status) {
    send(post(body.replace("#", "\r\n"), headers.split("#", -1)));
    assertThat(received()).startsWith("HTTP/1.1 " + status).containsOnlyOnce("HTTP/1.1");
    assertThat(channel.isActive()).isFalse();
    assertThat(observer.refusals).containsExactly(Refusal.BAD_REQUEST);
  }

  @Test
  void posted_asked_isRefused() {
    send(get("/posted"));
    assertThat(received()).startsWith("HTTP/1.1 405 ").contains("allow: POST\r\n");
  }

  @Test
  void tooLongOrNoHttp_isRefusedAndClosed() {
    send(get("/a?" + "x".repeat(100)));
    assertThat(received()).startsWith("HTTP/1.1 414 ").contains("connection: close");
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void tooManyHeaderBytes_isRefused() {
    send(get("/a", "X: " + "x".repeat(200)));
    assertThat(received()).startsWith("HTTP/1.1 431 ");
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void noHttp_isRefused() {
    send("\u0016\u0003\u0001 hello\r\n\r\n");
    assertThat(received()).startsWith("HTTP/1.1 400 ");
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void noHost_isRefusedUnlessHttp10() {
    send("GET /a HTTP/1.0\r\n\r\n");
    assertThat(received()).contains(" 200 OK").endsWith("a:");
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void noHost_http11_isRefused() {
    send("GET /a HTTP/1.1\r\n\r\n");
    assertThat(received()).startsWith("HTTP/1.1 400 ");
  }

  @Test
  void connectionClose_isHonoured() {
    send(get("/a", "Connection: close"));
    assertThat(received()).contains("connection: close");
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void brokenRoute_is500WithoutDetails() {
    send(get("/broken"));
    assertThat(received()).startsWith("HTTP/1.1 500 ").doesNotContain("hunter2");
    assertThat(channel.isActive()).isTrue();
  }

  @Test
  void offloaded_gzipAsked_isCompressed() {
    send(get("/big", "Accept-Encoding: br, gzip;q=0.5"));
    assertThat(awaitReceived("content-encoding: gzip"))
        .contains("vary: accept-encoding")
        .doesNotContain("xxxx");
    send(get("/big"));
    assertThat(awaitReceived("xxxx")).contains("vary: accept-encoding", "content-length: 5000");
  }

  @Test
  void offloaded_whileAnswering_nextRequestWaits() throws InterruptedException {
    send(get("/slow") + get("/a?next"));
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    channel.runPendingTasks();
    assertThat(received()).isEmpty();
    released.countDown();
    assertThat(awaitReceived("a:next")).containsSubsequence("slow", "a:next");
  }

  @Test
  void offloaded_tooMany_is503() throws InterruptedException {
    EmbeddedChannel other = newChannel();
    other.writeInbound(Unpooled.copiedBuffer(get("/slow"), StandardCharsets.US_ASCII));
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    send(get("/big"));
    assertThat(received()).startsWith("HTTP/1.1 503 ").contains("retry-after: 1");
    assertThat(observer.refusals).containsExactly(Refusal.TOO_MANY_IN_FLIGHT);
    released.countDown();
    Awaitility.await()
        .until(() -> {
          send(get("/big"));
          channel.runPendingTasks();
          return received().startsWith("HTTP/1.1 200");
        });
    other.finishAndReleaseAll();
  }

  @Test
  void offloaded_pastItsDeadline_is503AndInterrupted() throws InterruptedException {
    send(get("/slow"));
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    channel.advanceTimeBy(10, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(received()).startsWith("HTTP/1.1 503 ");
    assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(observer.refusals).containsExactly(Refusal.SLOW_HANDLER);
    send(get("/a?after"));
    assertThat(awaitReceived("a:after")).doesNotContain("late");
  }

  @Test
  void slowRequest_byteByByte_isClosedAtOneDeadline() {
    send("GET /a HT");
    channel.advanceTimeBy(9, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    send("TP/1.1\r\n");
    assertThat(channel.isActive()).isTrue();
    channel.advanceTimeBy(1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isActive()).isFalse();
    assertThat(observer.refusals).containsExactly(Refusal.SLOW_REQUEST);
  }

  @Test
  void idle_beforeAndAfterRequests_isClosedQuietly() {
    channel.advanceTimeBy(89, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    send(get("/a"));
    assertThat(received()).contains("200");
    channel.advanceTimeBy(89, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isActive()).isTrue();
    channel.advanceTimeBy(1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isActive()).isFalse();
    assertThat(observer.refusals).isEmpty();
  }

  @Test
  void drain_idleConnection_isClosedAtOnce() {
    channel.pipeline().fireUserEventTriggered("other");
    assertThat(channel.isActive()).isTrue();
    channel.pipeline().fireUserEventTriggered(EndpointHandler.DRAIN);
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void drain_whileAnswering_answersThenCloses() throws InterruptedException {
    send(get("/slow") + get("/a?next"));
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    channel.pipeline().fireUserEventTriggered(EndpointHandler.DRAIN);
    assertThat(channel.isActive()).isTrue();
    released.countDown();
    assertThat(awaitReceived("slow")).contains("connection: close").doesNotContain("a:next");
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void exception_onTheConnection_closesIt() {
    channel.pipeline().fireExceptionCaught(new java.io.IOException("reset"));
    assertThat(channel.isActive()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "gzip, true",
    "'br, GZIP', true",
    "gzip;q=0.001, true",
    "gzip; q=0, false",
    "gzip;q=0.0, false",
    "'', false",
    "identity, false",
    "xgzip, false"
  })
  void acceptsGzip_header_isRead(String header, boolean expected) {
    assertThat(new EndpointRequest("/", "", "", header).acceptsGzip()).isEqualTo(expected);
  }

  @Test
  void health_checks_answerLikeKubernetes() {
    var broken =
        new Check("queue", () -> broken().status() == 0 ? Optional.empty() : Optional.of(""));
    var bad = new Check("listener", () -> Optional.of("not bound"));
    var good = new Check("loop", Optional::empty);

    assertThat(ask(HealthRoute.of("livez", java.util.List.of()), "")).isEqualTo("200 ok");
    assertThat(ask(HealthRoute.of("livez", java.util.List.of(good)), "")).isEqualTo("200 ok");
    assertThat(ask(HealthRoute.of("livez", java.util.List.of(good)), "verbose"))
        .isEqualTo("200 [+]loop ok\nlivez check passed\n");
    Route readyz = HealthRoute.of("readyz", java.util.List.of(good, bad, broken));
    assertThat(ask(readyz, ""))
        .isEqualTo(
            """
            500 [+]loop ok
            [-]listener failed: not bound
            [-]queue failed: the check broke
            readyz check failed
            """);
    assertThat(ask(readyz, "exclude=listener&verbose=1&exclude=queue"))
        .isEqualTo(
            """
            200 [+]loop ok
            [+]listener excluded: ok
            [+]queue excluded: ok
            readyz check passed
            """);
  }

  private static String ask(Route route, String query) {
    EndpointResponse response = route.handler().apply(new EndpointRequest("/livez", query, "", ""));
    return response.status() + " " + response.bodyText();
  }

  private record Check(String name, java.util.function.Supplier<Optional<String>> state)
      implements HealthCheck {
    @Override
    public Optional<String> problem() {
      return state.get();
    }
  }
}
