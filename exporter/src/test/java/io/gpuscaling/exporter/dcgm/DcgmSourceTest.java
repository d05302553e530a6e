package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class DcgmSourceTest {

  private static final String GPU = "DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"A\"} %s\n";

  private final CollectorRegistry registry = new CollectorRegistry();
  private final List<SourceSnapshot> published = new CopyOnWriteArrayList<>();
  private RawHttpServer server;
  private @Nullable DcgmSource source;

  @SuppressWarnings("NullAway.Init") // before each test
  DcgmSourceTest() {}

  @BeforeEach
  void open() throws IOException {
    server = new RawHttpServer(RawHttpServer.page(GPU.formatted("70")));
  }

  @AfterEach
  void close() throws IOException {
    if (source != null) {
      source.close();
    }
    server.close();
  }

  private DcgmSource start() {
    DcgmSource created =
        DcgmSource.create(
            new DcgmSettings(server.url(), Duration.ofMillis(250), Duration.ofMillis(200)),
            DcgmSource.Inputs.of(server.url(), new DcgmPageReader(DcgmFieldTable.builtIn())),
            published::add,
            registry,
            Ticker.system(),
            new SplittableRandom(1));
    source = created;
    created.start();
    return created;
  }

  private SourceSnapshot awaitState(Predicate<SourceState> wanted) {
    await().until(() -> !published.isEmpty() && wanted.test(published.getLast().state()));
    return published.getLast();
  }

  private static boolean isFailing(SourceState state, UnknownReason reason) {
    return state instanceof SourceState.Failing failing && failing.reason() == reason;
  }

  private double scrapes(String outcome) {
    Double count =
        registry.getSampleValue(
            "gpuscaling_dcgm_scrapes_total", new String[] {"outcome"}, new String[] {outcome});
    return count == null ? 0 : count;
  }

  @Test
  void goodPage_isPublishedAfterStarting() {
    start();

    SourceSnapshot snapshot = awaitState(SourceState.Ok.class::isInstance);

    assertThat(published.getFirst())
        .isEqualTo(new SourceSnapshot("dcgm", new SourceState.Starting(), List.of()));
    assertThat(snapshot.source()).isEqualTo("dcgm");
    assertThat(snapshot.samples())
        .anySatisfy(sample -> {
          assertThat(sample.series()).hasToString("gpu_power_watts{gpu=\"0\",uuid=\"A\"}");
          assertThat(sample.value()).isEqualTo(SampleValue.exact(70));
        });
    assertThat(scrapes("ok")).isPositive();
    assertThat(registry.getSampleValue("gpuscaling_dcgm_scrape_duration_seconds_count"))
        .isPositive();
  }

  @Test
  void outage_keepsTheLastSamplesAndItsEndIsSeen() {
    start();
    SourceSnapshot good = awaitState(SourceState.Ok.class::isInstance);

    server.answerWith(RawHttpServer.bytes("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"));
    SourceSnapshot failing = awaitState(s -> isFailing(s, UnknownReason.NOT_REPORTED));

    assertThat(failing.samples())
        .extracting(s -> s.series().toString())
        .isEqualTo(good.samples().stream().map(s -> s.series().toString()).toList());
    assertThat(failing.samples()).allMatch(s -> s.value() instanceof SampleValue.Known);
    assertThat(scrapes("server_error")).isPositive();

    server.answerWith(RawHttpServer.stall(""));
    awaitState(s -> isFailing(s, UnknownReason.UNREACHABLE));
    server.answerWith(RawHttpServer.page(GPU.formatted("80")));

    assertThat(awaitState(SourceState.Ok.class::isInstance).samples())
        .extracting(s -> s.value())
        .contains(SampleValue.exact(80));
  }

  @Test
  void cutEmptyAndForeignPages_areFailuresThatKeepTheLastSamples() {
    start();
    SourceSnapshot good = awaitState(SourceState.Ok.class::isInstance);

    for (String page : List.of("", GPU.formatted("9").strip(), "<html>\n")) {
      server.answerWith(RawHttpServer.page(page));
      UnknownReason reason = page.isEmpty() ? UnknownReason.NOT_REPORTED : UnknownReason.INVALID;
      String outcome = page.isEmpty() ? "empty" : page.startsWith("<") ? "not_exposition" : "cut";
      await().until(() -> scrapes(outcome) > 0);
      assertThat(awaitState(s -> isFailing(s, reason)).samples()).hasSameSizeAs(good.samples());
    }
    assertThat(
            registry.getSampleValue(
                "gpuscaling_dcgm_skipped_lines_total",
                new String[] {"reason"},
                new String[] {"unterminated"}))
        .isPositive();
  }

  @Test
  void neverAGoodPage_isNeverObserved() {
    server.answerWith(RawHttpServer.page(""));
    start();

    SourceSnapshot snapshot = awaitState(SourceState.NeverObserved.class::isInstance);

    assertThat(snapshot.state())
        .isEqualTo(new SourceState.NeverObserved(UnknownReason.NOT_REPORTED));
    assertThat(snapshot.samples()).isEmpty();
  }

  @Test
  void droppedSamples_areCountedByReason() {
    server.answerWith(
        RawHttpServer.page(
            GPU.formatted("70")
                + GPU.formatted("71")
                + GPU.replace("0", "1").formatted("NaN")
                + GPU.replace("0", "2").formatted("-7")
                + GPU.replace("0", "3").formatted("140737488355328.0")));
    start();
    awaitState(SourceState.Ok.class::isInstance);

    for (String reason : List.of("blank", "non_finite", "duplicate", "impossible")) {
      assertThat(
              registry.getSampleValue(
                  "gpuscaling_dcgm_dropped_samples_total",
                  new String[] {"reason"},
                  new String[] {reason}))
          .as(reason)
          .isPositive();
    }
  }

  @Test
  void close_publishesNothingMore() {
    DcgmSource running = start();
    awaitState(SourceState.Ok.class::isInstance);
    running.close();
    int count = published.size();

    await().during(Duration.ofMillis(600)).until(() -> published.size() == count);
    assertThat(running.name()).isEqualTo("dcgm");
    assertThatThrownBy(running::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void settings_timeoutNotBelowTheInterval_isRefused() {
    URI url = URI.create("http://127.0.0.1:9400/metrics");

    assertThatThrownBy(() -> new DcgmSettings(url, Duration.ofSeconds(5), Duration.ofSeconds(6)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new DcgmSettings(url, Duration.ofSeconds(5), Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void findings_nameTheOutcome_andThenTheFieldsThatTheListLacks() {
    server.answerWith(RawHttpServer.bytes("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"));
    start();
    SourceSnapshot failing = awaitState(SourceState.NeverObserved.class::isInstance);
    assertThat(failing.findings()).containsExactly(new SourceFinding("server_error", "status 500"));

    server.answerWith(RawHttpServer.page(GPU.formatted("70")));
    assertThat(awaitState(SourceState.Ok.class::isInstance).findings())
        .contains(new SourceFinding("field_missing", "DCGM_FI_DEV_FB_USED"));
  }
}
