package io.gpuscaling.adapter.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.adapter.prometheus.QueryAnswer.Failed;
import io.gpuscaling.adapter.prometheus.QueryAnswer.Found;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.testkit.process.ProcessSignal;
import io.gpuscaling.testkit.prometheus.Prometheus;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real Prometheus, which scrapes a page each second. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PrometheusIT {

  private static final Duration PLENTY = Duration.ofSeconds(60);

  /** Of 100 requests a second, each scrape: 90 within 0.25 s, 97 within 0.5 s, all within 1 s. */
  private static final AtomicLong SCRAPES = new AtomicLong();

  private static final AtomicBoolean HAS_GAUGE = new AtomicBoolean(true);

  @TempDir private static Path folder;
  private static ScrapedPage page;
  private static Prometheus prometheus;
  private static HttpQueryClient client;

  private static String page() {
    long n = SCRAPES.incrementAndGet();
    return """
    # TYPE api_seconds histogram
    api_seconds_bucket{le="0.25"} %d
    api_seconds_bucket{le="0.5"} %d
    api_seconds_bucket{le="1"} %d
    api_seconds_bucket{le="+Inf"} %d
    # TYPE pods gauge
    pods{node="a"} 2
    pods{node="b"} 3
    """
            .formatted(90 * n, 97 * n, 100 * n, 100 * n)
        + (HAS_GAUGE.get() ? "coming_and_going 7\n" : "");
  }

  @BeforeAll
  static void start() throws IOException {
    page = new ScrapedPage(PrometheusIT::page);
    prometheus = Prometheus.start(folder, List.of(page.port()));
    client = new HttpQueryClient(settings(Duration.ofSeconds(5), Map.of()));
    await().atMost(PLENTY).until(() -> ask("coming_and_going") instanceof Found);
  }

  @AfterAll
  static void stop() {
    client.close();
    prometheus.close();
    page.close();
  }

  private static PrometheusSettings settings(
      Duration stalenessLimit, Map<String, GrantedQuery> queries) {
    return new PrometheusSettings(
        prometheus.url(),
        Optional.empty(),
        Optional.empty(),
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        stalenessLimit,
        queries);
  }

  private static QueryAnswer ask(String promql) {
    return client.ask(new GrantedQuery("q", promql, Set.of("*")));
  }

  @Test
  @Order(1)
  void quantiles_areThoseOfTheHistogram_andOfNow() {
    String quantile = "histogram_quantile(%s, sum by (le) (rate(api_seconds_bucket[10s])))";
    await().atMost(PLENTY).until(() -> ask(quantile.formatted("0.95")) instanceof Found);

    Found p95 = (Found) ask(quantile.formatted("0.95"));
    Found p99 = (Found) ask(quantile.formatted("0.99"));

    // Interpolated: 95 lies at 5/7 of the bucket up to 0.5 s, 99 at 2/3 of that up to 1 s.
    assertThat(p95.value()).isCloseTo(0.25 + 0.25 * 5 / 7, within(0.001));
    assertThat(p99.value()).isCloseTo(0.5 + 0.5 * 2 / 3, within(0.001));
    assertThat(Duration.between(p95.at(), InstantSource.system().instant()))
        .isLessThan(Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @Order(2)
  @CsvSource(
      delimiter = ';',
      value = {
        "nothing_has_this_name;EMPTY",
        "pods;SEVERAL",
        "pods[1m];NO_NUMBER",
        "'\"text\"';NO_NUMBER",
        "histogram_quantile(0.95, sum by (le) (rate(api_seconds_bucket[10s] offset 1d)));EMPTY",
        "vector(0) / 0;NOT_FINITE",
        "vector(1) / 0;NOT_FINITE",
        "sum(pods;QUERY",
      })
  void whatIsNoNumber_isNone(String promql, QueryFailure expected) {
    QueryAnswer answer = ask(promql);

    assertThat(answer).isInstanceOf(Failed.class);
    assertThat(((Failed) answer).failure()).isEqualTo(expected);
  }

  @Test
  @Order(3)
  void sum_isANumber() {
    assertThat(((Found) ask("sum(pods)")).value()).isEqualTo(5);
  }

  @Test
  @Order(4)
  void seriesThatIsGone_isEmpty() {
    HAS_GAUGE.set(false);

    await()
        .atMost(PLENTY)
        .until(() ->
            ask("coming_and_going") instanceof Failed(QueryFailure failure, _, _)
                && failure == QueryFailure.EMPTY);
  }

  @Test
  @Order(5)
  void prometheusThatStops_leavesNoNumber_andOneThatGoesOn_does() {
    var queries =
        PrometheusQueries.create(
            settings(
                Duration.ofSeconds(4),
                Map.of("pods", new GrantedQuery("pods", "sum(pods)", Set.of("web")))),
            Ticker.system(),
            InstantSource.system(),
            new CollectorRegistry());
    try (queries) {
      queries.start();
      await()
          .atMost(PLENTY)
          .until(() -> queries.query("web", "pods") instanceof Observation.Sampled);
      Instant first = ((Observation.Sampled) queries.query("web", "pods")).observedAt();
      await()
          .atMost(PLENTY)
          .until(() ->
              queries.query("web", "pods") instanceof Observation.Sampled(Instant at, _, _, _)
                  && at.isAfter(first));

      prometheus.process().signal(ProcessSignal.STOP);
      await()
          .atMost(PLENTY)
          .until(() ->
              queries.query("web", "pods") instanceof Observation.Missing(String reason)
                  && reason.contains("s old; Prometheus did not answer in 2.0 s"));

      prometheus.process().signal(ProcessSignal.CONT);
      await()
          .atMost(PLENTY)
          .until(() -> queries.query("web", "pods") instanceof Observation.Sampled);
    }
  }
}
