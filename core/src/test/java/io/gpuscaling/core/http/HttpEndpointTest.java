package io.gpuscaling.core.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.core.http.EndpointObserver.Refusal;
import io.gpuscaling.core.time.Ticker;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The endpoint over real sockets. */
class HttpEndpointTest {

  private static final String GET = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

  private final RecordingObserver observer = new RecordingObserver();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final List<Socket> sockets = new ArrayList<>();
  private HttpEndpoint endpoint = endpoint(Duration.ofSeconds(20), Duration.ofSeconds(20));

  private HttpEndpoint endpoint(Duration requestTimeout, Duration drainTimeout) {
    var limits =
        new HttpLimits(
            2,
            4096,
            8192,
            4,
            Duration.ofSeconds(30),
            requestTimeout,
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            drainTimeout);
    return HttpEndpoint.create(
        Map.of(
            "/thread", new Route.Immediate(_ -> EndpointResponse.text(200, threadName())),
            "/virtual", new Route.Offloaded(_ -> EndpointResponse.text(200, threadName())),
            "/slow", new Route.Offloaded(_ -> slow())),
        limits,
        observer,
        Ticker.system());
  }

  private static String threadName() {
    return Thread.currentThread().getName();
  }

  private EndpointResponse slow() {
    entered.countDown();
    try {
      return EndpointResponse.text(200, "released " + released.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      return EndpointResponse.text(500, "interrupted");
    }
  }

  @AfterEach
  void close() throws IOException {
    released.countDown();
    endpoint.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private InetSocketAddress start() throws IOException {
    return endpoint.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private Socket connect(InetSocketAddress address) throws IOException {
    var socket = new Socket();
    sockets.add(socket);
    socket.setSoTimeout(20_000);
    socket.connect(address, 5_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String readAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }

  @Test
  void get_routes_runOnTheirThreads() throws IOException {
    InetSocketAddress address = start();
    Socket immediate = connect(address);
    send(immediate, "GET /thread" + GET);
    assertThat(readAll(immediate)).containsPattern("http-worker-[01]$");
    Socket offloaded = connect(address);
    send(offloaded, "GET /virtual" + GET);
    assertThat(readAll(offloaded)).containsPattern("http-handler-\\d+$");
  }

  @Test
  void clientHalfCloses_whileAnswering_stillGetsItsAnswer() throws Exception {
    Socket socket = connect(start());
    send(socket, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    socket.shutdownOutput();
    released.countDown();
    assertThat(readAll(socket)).contains("200 OK").endsWith("released true");
  }

  @Test
  void clientHalfCloses_midRequest_isClosed() throws IOException {
    Socket socket = connect(start());
    send(socket, "GET /thr");
    socket.shutdownOutput();
    assertThat(readAll(socket)).doesNotContain("200 OK");
  }

  @Test
  void pipelined_overASocket_areAnsweredInOrder() throws IOException {
    Socket socket = connect(start());
    String keep = " HTTP/1.1\r\nHost: h\r\n\r\n";
    send(socket, "GET /virtual" + keep + "GET /no" + keep + "GET /thread" + GET);
    assertThat(readAll(socket))
        .containsSubsequence("200 OK", "http-handler", "404 Not Found", "200 OK", "http-worker");
  }

  @Test
  void keptConnection_oneRequestAfterTheOther_isServed() throws IOException {
    Socket socket = connect(start());
    for (int i = 0; i < 5; i++) {
      send(socket, "GET /no HTTP/1.1\r\nHost: h\r\n\r\n");
      String answer = "";
      while (!answer.endsWith("Not Found\n")) {
        answer += (char) socket.getInputStream().read();
      }
    }
    send(socket, "GET /thread" + GET);
    assertThat(readAll(socket)).contains("200 OK");
  }

  @Test
  void slowHeaders_areClosed() throws IOException {
    endpoint = endpoint(Duration.ofMillis(200), Duration.ofSeconds(20));
    Socket socket = connect(start());
    send(socket, "GET /thread HTTP/1.1\r\nX: ");
    assertThat(readAll(socket)).isEmpty();
    assertThat(observer.refusals).containsExactly(Refusal.SLOW_REQUEST);
  }

  @Test
  void oneConnectionTooMany_isClosedAndAPlaceComesBack() throws IOException {
    InetSocketAddress address = start();
    String keep = "GET /thread HTTP/1.1\r\nHost: h\r\n\r\n";
    Socket first = connect(address);
    send(first, keep);
    assertThat(first.getInputStream().read()).isEqualTo('H');
    Socket second = connect(address);
    send(second, keep);
    assertThat(second.getInputStream().read()).isEqualTo('H');

    Socket third = connect(address);
    assertThat(third.getInputStream().read()).isEqualTo(-1);
    assertThat(observer.refusals).containsExactly(Refusal.TOO_MANY_CONNECTIONS);

    first.close();
    Awaitility.await()
        .ignoreExceptions()
        .until(() -> {
          Socket next = connect(address);
          send(next, keep);
          return next.getInputStream().read() == 'H';
        });
  }

  @Test
  void close_requestInFlight_portClosedBeforeDrainEnds() throws Exception {
    InetSocketAddress address = start();
    Socket busy = connect(address);
    send(busy, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    Socket idle = connect(address);
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();

    var closing = CompletableFuture.runAsync(endpoint::close);
    Awaitility.await().until(() -> isRefused(address));
    assertThat(idle.getInputStream().read()).isEqualTo(-1);
    assertThat(closing).isNotDone();
    released.countDown();
    assertThat(readAll(busy)).contains("200 OK", "connection: close").endsWith("released true");
    closing.get(20, TimeUnit.SECONDS);
    Awaitility.await().until(() -> workerThreads().isEmpty());
  }

  @Test
  void close_handlerNeverEnds_endsAtTheDeadline() throws Exception {
    endpoint = endpoint(Duration.ofSeconds(20), Duration.ofMillis(300));
    Socket busy = connect(start());
    send(busy, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
    CompletableFuture.runAsync(endpoint::close).get(20, TimeUnit.SECONDS);
    assertThat(readAll(busy)).doesNotContain("200 OK");
    Awaitility.await().until(() -> workerThreads().isEmpty());
  }

  @Test
  void start_portTaken_failsAndLeavesNothing() throws IOException {
    InetSocketAddress address = start();
    HttpEndpoint second = endpoint(Duration.ofSeconds(1), Duration.ofSeconds(5));
    assertThatThrownBy(() -> second.start(address))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot listen on");
    endpoint.close();
    Awaitility.await().until(() -> workerThreads().isEmpty());
    endpoint.close();
  }

  private static boolean isRefused(InetSocketAddress address) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(address, 1_000);
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }

  private static List<String> workerThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("http-worker") || name.equals("http-boss"))
        .toList();
  }

  @Test
  void observerNone_isSilent() {
    EndpointObserver none = EndpointObserver.none();
    none.onAnswer("/", 200);
    none.onRefusal(Refusal.BAD_REQUEST);
    assertThat(none).isNotNull();
  }
}
