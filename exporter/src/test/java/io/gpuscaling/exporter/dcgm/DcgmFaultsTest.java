package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.relay.Fault;
import io.gpuscaling.testkit.relay.FaultyProxy;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * What happens to a scrape in the field. With each fault the last values age, are counted and named
 * in the log once; at its end the values are back within 5 s.
 */
@Timeout(120)
final class DcgmFaultsTest {

  private static final Duration RECOVERY = Duration.ofSeconds(5);
  private static final Duration INTERVAL = Duration.ofMillis(400);
  private static final Duration TIMEOUT = Duration.ofMillis(300);
  private static final int MEGABYTE = 1 << 20;

  private final CollectorRegistry registry = new CollectorRegistry();
  private final List<SourceSnapshot> published = new CopyOnWriteArrayList<>();
  private final LogOfSource log = new LogOfSource();
  private RawHttpServer server;
  private FaultyProxy proxy;
  private DcgmSource source;

  @SuppressWarnings("NullAway.Init") // before each test
  DcgmFaultsTest() {}

  private static final class LogOfSource extends AppenderBase<ILoggingEvent> {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      lines.add(event.getFormattedMessage());
    }
  }

  @BeforeEach
  void open() throws IOException {
    server = new RawHttpServer(page());
    proxy =
        FaultyProxy.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.url().getPort()));
    log.start();
    logger().addAppender(log);
    URI url = URI.create("http://127.0.0.1:" + proxy.port() + "/metrics");
    source =
        DcgmSource.create(
            new DcgmSettings(url, INTERVAL, TIMEOUT),
            DcgmSource.Inputs.of(url, new DcgmPageReader(DcgmFieldTable.builtIn())),
            published::add,
            registry,
            Ticker.system(),
            new SplittableRandom(1));
    source.start();
    awaitOk();
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    logger().detachAppender(log);
    proxy.close();
    server.close();
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(DcgmSource.class);
  }

  private static String text() {
    return """
    DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="A"} 70
    DCGM_FI_DEV_FB_USED{gpu="0",UUID="A"} 4096
    """;
  }

  private static RawHttpServer.Answer page() {
    return RawHttpServer.page(text());
  }

  private void awaitOk() {
    int before = published.size();
    await()
        .atMost(RECOVERY)
        .until(() ->
            published.size() > before && published.getLast().state() instanceof SourceState.Ok);
  }

  private double scrapes(String outcome) {
    Double count =
        registry.getSampleValue(
            "gpuscaling_dcgm_scrapes_total", new String[] {"outcome"}, new String[] {outcome});
    return count == null ? 0 : count;
  }

  /** Three scrapes with the fault, then the end of it. */
  private void checkFault(String outcome, Runnable begin, Runnable end) {
    long lastGoodNanos = Ticker.system().nanos();
    int linesBefore = log.lines.size();
    begin.run();
    await().atMost(Duration.ofSeconds(20)).until(() -> scrapes(outcome) >= 3);

    SourceSnapshot failing = published.getLast();
    assertThat(failing.state()).isInstanceOf(SourceState.Failing.class);
    long observedAtNanos = ((SourceState.Failing) failing.state()).observedAtNanos();
    assertThat(observedAtNanos).isLessThan(lastGoodNanos + INTERVAL.toNanos());
    assertThat(failing.samples())
        .allSatisfy(sample -> {
          assertThat(sample.observedAtNanos()).isEqualTo(observedAtNanos);
          assertThat(sample.value()).isInstanceOf(SampleValue.Known.class);
        })
        .anyMatch(sample -> sample.value().equals(SampleValue.exact(4096.0 * MEGABYTE)));
    assertThat(log.lines.subList(linesBefore, log.lines.size()))
        .filteredOn(line -> line.contains("(" + outcome + ")"))
        .hasSize(1);

    end.run();
    awaitOk();
  }

  static Stream<Arguments> networkFaults() {
    return Stream.of(
        Arguments.of("unreachable", new Fault.Refuse()),
        Arguments.of("unreachable", new Fault.Reset()),
        Arguments.of("timeout", new Fault.Stall()),
        Arguments.of("timeout", new Fault.Drip(1, Duration.ofMillis(50))),
        Arguments.of("unreachable", new Fault.HalfClose()));
  }

  @ParameterizedTest
  @MethodSource("networkFaults")
  void network(String outcome, Fault fault) {
    checkFault(outcome, () -> proxy.apply(fault), () -> proxy.apply(new Fault.None()));
  }

  static Stream<Arguments> answers() {
    String ok = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
    String cutInALine = text().substring(0, text().length() - 3);
    return Stream.of(
        answer(
            "timeout",
            "headers, then nothing",
            RawHttpServer.stall(ok + "Content-Length: 9\r\n\r\n")),
        answer("timeout", "a byte now and then", RawHttpServer.drip()),
        // 40 may be the beginning of 4096: nothing of the line is believed.
        answer(
            "cut",
            "cut in a line",
            RawHttpServer.bytes(ok + "Content-Length: 999\r\n\r\n" + cutInALine)),
        answer(
            "cut",
            "cut in a line, without a length",
            RawHttpServer.bytes(ok + "\r\n" + cutInALine)),
        answer(
            "server_error",
            "500",
            RawHttpServer.bytes(
                "HTTP/1.1 500 X\r\nContent-Length: 22\r\n\r\ninternal server error\n")),
        answer(
            "content_type",
            "HTML",
            RawHttpServer.bytes(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")),
        answer("not_exposition", "HTML as text", RawHttpServer.page("<html>\n<body>\n</html>\n")),
        answer(
            "content_type",
            "gzip",
            RawHttpServer.bytes(
                ok + "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u001f\u008b\u0008x")),
        answer(
            "empty",
            "nothing",
            RawHttpServer.bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
        answer(
            "redirect",
            "elsewhere",
            RawHttpServer.bytes(
                "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")),
        answer(
            "cut", "failed to write", RawHttpServer.page(text() + "failed to write response\n")));
  }

  private static Arguments answer(String outcome, String name, RawHttpServer.Answer answer) {
    return Arguments.of(outcome, Named.of(name, answer));
  }

  @ParameterizedTest
  @MethodSource("answers")
  void answer(String outcome, RawHttpServer.Answer answer) {
    checkFault(outcome, () -> server.answerWith(answer), () -> server.answerWith(page()));
  }

  /** 100 MB, of which at most the limit of 16 MiB is taken, and never two at once. */
  @Test
  void endlessBody_endsAtTheLimitOrTheDeadline() {
    byte[] piece = text().repeat(MEGABYTE / text().length()).getBytes(StandardCharsets.UTF_8);
    RawHttpServer.Answer endless =
        (OutputStream out, CountDownLatch closed) -> {
          out.write(
              ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                      + 100L * piece.length
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.UTF_8));
          for (int i = 0; i < 100 && closed.getCount() > 0; i++) {
            out.write(piece);
          }
        };
    server.answerWith(endless);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> scrapes("too_large") + scrapes("timeout") >= 3);
    assertThat(published.getLast().state()).isInstanceOf(SourceState.Failing.class);

    server.answerWith(page());
    awaitOk();
  }

  /** A hung driver: every scrape hangs; nothing is left behind by any of them. */
  @Test
  void hangingForLong_pilesUpNothing() {
    proxy.apply(new Fault.Stall());
    await().atMost(Duration.ofSeconds(20)).until(() -> scrapes("timeout") >= 3);
    var threads = ManagementFactory.getThreadMXBean();
    int threadsBefore = threads.getThreadCount();

    await().atMost(Duration.ofSeconds(40)).until(() -> scrapes("timeout") >= 23);

    // The JDK's client may keep or drop a worker or two.
    assertThat(threads.getThreadCount()).isLessThanOrEqualTo(threadsBefore + 4);
    proxy.apply(new Fault.None());
    awaitOk();
  }
}
