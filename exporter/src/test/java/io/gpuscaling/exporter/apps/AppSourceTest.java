package io.gpuscaling.exporter.apps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.dcgm.RawHttpServer;
import io.gpuscaling.exporter.dcgm.RawHttpServer.Answer;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Reads real servers, those that misbehave too. */
@Timeout(120)
final class AppSourceTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Where the answer never comes; all others are waited for generously. */
  private static final Duration SHORT = Duration.ofMillis(300);

  private final CollectorRegistry registry = new CollectorRegistry();
  private final AtomicLong skippedNanos = new AtomicLong();
  private final Ticker ticker = () -> Ticker.system().nanos() + skippedNanos.get();
  private final Map<String, List<AppPod>> pods = new ConcurrentHashMap<>();
  private final Map<String, String> pages = new ConcurrentHashMap<>();
  private volatile List<AppTasks> tasks = List.of();
  private volatile SourceState state = new SourceState.Starting();
  private @Nullable AppSource source;
  private HttpServer server;

  @SuppressWarnings("NullAway.Init") // before each test
  AppSourceTest() {}

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String page = pages.get(exchange.getRequestURI().getPath().substring(1));
          byte[] body = (page == null ? "" : page).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(
              page == null ? 404 : 200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    if (source != null) {
      source.close();
    }
    server.stop(0);
  }

  private static AppPod pod(String name) {
    return new AppPod("n", name, "uid-" + name, "127.0.0.1");
  }

  private AppEndpoint endpoint(String name, String url, AppNumber number) {
    return new AppEndpoint(name, "", "app=" + name, new AppUrl(url), number, Exactness.EXACT);
  }

  private AppEndpoint served(String name) {
    return endpoint(
        name,
        "http://{podIP}:" + server.getAddress().getPort() + "/{podName}",
        AppNumber.Pointer.parse("/running"));
  }

  private AppSource source(Duration timeout, AppEndpoint... endpoints) {
    AppSource made =
        new AppSource(
            new AppSettings(List.of(endpoints), "node", Duration.ofSeconds(1), timeout),
            endpoint -> {
              List<AppPod> found = pods.get(endpoint.name());
              return found == null
                  ? new AppPods.Listing.Failed("the API server is away")
                  : new AppPods.Listing.Known(found);
            },
            (now, said) -> {
              tasks = said;
              state = now;
            },
            registry,
            ticker,
            RandomGenerator.getDefault());
    source = made;
    return made;
  }

  private List<String> said() {
    return tasks.stream().map(it -> it.pod() + "=" + it.tasks()).sorted().toList();
  }

  private double reads(String endpoint, String outcome) {
    Double value =
        registry.getSampleValue(
            "gpuscaling_app_reads_total",
            new String[] {"endpoint", "outcome"},
            new String[] {endpoint, outcome});
    return value == null ? 0 : value;
  }

  @Test
  void pods_tellTheirTasks_andOneThatDoesNotIsAbsent() {
    pods.put("a", List.of(pod("one"), pod("two"), pod("three")));
    pages.put("one", "{\"running\": 2}");
    pages.put("two", "{\"running\": 0}");
    pages.put("three", "{\"waiting\": 4}");
    AppSource apps = source(TIMEOUT, served("a"));

    apps.poll();

    assertThat(said()).containsExactly("one=2.0", "two=0.0");
    assertThat(state)
        .isInstanceOfSatisfying(
            SourceState.Failing.class,
            it -> assertThat(it.reason()).isEqualTo(UnknownReason.NOT_REPORTED));
    assertThat(reads("a", "ok")).isEqualTo(2);
    assertThat(reads("a", "absent")).isEqualTo(1);

    pages.put("three", "{\"running\": [1]}");
    apps.poll();

    assertThat(said()).containsExactly("one=2.0", "three=1.0", "two=0.0");
    assertThat(state).isInstanceOf(SourceState.Ok.class);
  }

  @Test
  void podOfSeveralEndpoints_belongsToTheFirst() {
    pods.put("a", List.of(pod("one")));
    pods.put("b", List.of(pod("one"), pod("two")));
    pages.put("one", "{\"running\": 2}");
    pages.put("two", "{\"running\": 3}");

    source(TIMEOUT, served("a"), served("b")).poll();

    assertThat(said()).containsExactly("one=2.0", "two=3.0");
    assertThat(reads("a", "ok")).isEqualTo(1);
    assertThat(reads("b", "ok")).isEqualTo(1);
  }

  @Test
  void podThatFallsSilent_countsForAWhileWithItsAge_andOneThatLosesTheNumberDoesNot() {
    pods.put("a", List.of(pod("one"), pod("two")));
    pages.put("one", "{\"running\": 2}");
    pages.put("two", "{\"running\": 3}");
    AppSource apps = source(TIMEOUT, served("a"));
    apps.poll();
    long firstAtNanos = ticker.nanos();

    pages.remove("one");
    pages.put("two", "{}");
    skippedNanos.addAndGet(Duration.ofSeconds(5).toNanos());
    apps.poll();

    assertThat(said()).containsExactly("one=2.0");
    assertThat(state)
        .isInstanceOfSatisfying(
            SourceState.Failing.class,
            it -> assertThat(it.observedAtNanos()).isLessThanOrEqualTo(firstAtNanos));

    skippedNanos.addAndGet(AppSettings.KEPT_FOR.toNanos());
    apps.poll();

    assertThat(said()).isEmpty();
    assertThat(reads("a", "status")).isEqualTo(2);
  }

  @Test
  void podThatIsReplaced_isNotItsPredecessor() {
    pods.put("a", List.of(pod("one")));
    pages.put("one", "{\"running\": 2}");
    AppSource apps = source(TIMEOUT, served("a"));
    apps.poll();

    pods.put("a", List.of(new AppPod("n", "one", "uid-new", "127.0.0.1")));
    pages.remove("one");
    apps.poll();

    assertThat(said()).isEmpty();
  }

  @Test
  void listOfPods_thatCannotBeHad_countsForAWhile() {
    AppSource apps = source(TIMEOUT, served("a"));
    apps.poll();

    assertThat(state).isEqualTo(new SourceState.NeverObserved(UnknownReason.UNREACHABLE));

    pods.put("a", List.of(pod("one")));
    pages.put("one", "{\"running\": 2}");
    apps.poll();
    pods.remove("a");
    pages.put("one", "{\"running\": 1}");
    apps.poll();

    assertThat(said()).containsExactly("one=1.0");
    assertThat(state).isInstanceOf(SourceState.Failing.class);

    skippedNanos.addAndGet(AppSettings.KEPT_FOR.toNanos() + 1);
    apps.poll();

    assertThat(said()).isEmpty();
    assertThat(
            registry.getSampleValue(
                "gpuscaling_app_lookups_total",
                new String[] {"endpoint", "outcome"},
                new String[] {"a", "failed"}))
        .isEqualTo(3);
  }

  static Stream<Arguments> faults() {
    String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    String large = "x".repeat(AppSettings.MAX_BODY_BYTES);
    return Stream.of(
        Arguments.of("status", RawHttpServer.bytes("HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n")),
        Arguments.of(
            "redirect",
            RawHttpServer.bytes("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")),
        Arguments.of("content", RawHttpServer.page("<html>sign in</html>")),
        Arguments.of("content", RawHttpServer.page("")),
        Arguments.of("too_large", RawHttpServer.page("{\"running\": 1, \"x\": \"" + large + "\"}")),
        Arguments.of("unreachable", RawHttpServer.bytes("")),
        Arguments.of(
            "unreachable",
            RawHttpServer.bytes(head + "Content-Length: 100\r\n\r\n{\"running\": 1")),
        Arguments.of("timeout", RawHttpServer.stall("")),
        Arguments.of("timeout", RawHttpServer.stall(head + "Content-Length: 100\r\n\r\n{")),
        Arguments.of("timeout", RawHttpServer.drip()));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void fault_isCountedByItsKind_andNoNumberComesOfIt(String outcome, Answer answer)
      throws IOException {
    try (var raw = new RawHttpServer(answer)) {
      pods.put("a", List.of(pod("one")));
      AppEndpoint endpoint =
          endpoint(
              "a",
              "http://{podIP}:" + raw.url().getPort() + "/queue",
              AppNumber.Pointer.parse("/running"));
      AppSource apps = source(outcome.equals("timeout") ? SHORT : TIMEOUT, endpoint);

      apps.poll();

      assertThat(said()).isEmpty();
      assertThat(reads("a", outcome)).isEqualTo(1);
      assertThat(reads("a", "ok")).isZero();

      raw.answerWith(RawHttpServer.page("{\"running\": 4}"));
      await()
          .atMost(TIMEOUT)
          .untilAsserted(() -> {
            apps.poll();
            assertThat(said()).containsExactly("one=4.0");
          });
    }
  }

  @Test
  void nobodyListens_isUnreachable() throws IOException {
    int port;
    try (var raw = new RawHttpServer(RawHttpServer.bytes(""))) {
      port = raw.url().getPort();
    }
    pods.put("a", List.of(pod("one")));

    source(
            TIMEOUT,
            endpoint("a", "http://{podIP}:" + port + "/q", AppNumber.Pointer.parse("/running")))
        .poll();

    assertThat(reads("a", "unreachable")).isEqualTo(1);
  }

  @Test
  void certificateOfAStranger_isTold() throws IOException, GeneralSecurityException {
    CertificateAuthority stranger = CertificateAuthority.create("x", InstantSource.system());
    HttpsServer tls =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    tls.setHttpsConfigurator(
        new HttpsConfigurator(
            ClientTls.trusting(
                stranger, stranger.issueServer("app", new SubjectName.Ip("127.0.0.1")))));
    tls.start();
    try {
      pods.put("a", List.of(pod("one")));

      source(
              TIMEOUT,
              endpoint(
                  "a",
                  "https://{podIP}:" + tls.getAddress().getPort() + "/q",
                  AppNumber.Pointer.parse("/running")))
          .poll();

      assertThat(reads("a", "tls")).isEqualTo(1);
    } finally {
      tls.stop(0);
    }
  }

  @Test
  void hungPods_holdUpNobodyElse_andMoreThanAllowedAreLeftOut() throws IOException {
    try (var raw = new RawHttpServer(RawHttpServer.stall(""))) {
      List<AppPod> hung = new ArrayList<>();
      IntStream.range(0, AppSettings.MAX_PODS + 3).forEach(i -> hung.add(pod("hung-" + i)));
      pods.put("hung", hung);
      pods.put("a", List.of(pod("one")));
      pages.put("one", "{\"running\": 2}");
      AppSource apps =
          source(
              SHORT,
              endpoint(
                  "hung",
                  "http://{podIP}:" + raw.url().getPort() + "/q",
                  AppNumber.Pointer.parse("/running")),
              served("a"));

      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            apps.poll();
            assertThat(said()).containsExactly("one=2.0");
          });
      assertThat(
              registry.getSampleValue(
                  "gpuscaling_app_pods",
                  new String[] {"endpoint", "state"},
                  new String[] {"hung", "left_out"}))
          .isEqualTo(3);
      assertThat(raw.requests()).hasSizeGreaterThanOrEqualTo(AppSettings.MAX_IN_FLIGHT);
    }
  }

  @Test
  void start_readsAgainAndAgain_andCloseEndsIt() {
    pods.put("a", List.of(pod("one")));
    pages.put("one", "{\"running\": 2}");
    AppSource apps = source(TIMEOUT, served("a"));
    var counted = new AtomicInteger(1);

    apps.start();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          pages.put("one", "{\"running\": " + counted.get() + "}");
          assertThat(said()).containsExactly("one=" + counted.get() + ".0");
        });
    apps.close();
    apps.poll();

    assertThat(apps.name()).isEqualTo("app");
    assertThat(said()).containsExactly("one=1.0");
  }
}
