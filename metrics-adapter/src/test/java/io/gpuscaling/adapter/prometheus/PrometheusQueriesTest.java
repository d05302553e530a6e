package io.gpuscaling.adapter.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.adapter.api.UsedQuery;
import io.gpuscaling.adapter.prometheus.QueryAnswer.Failed;
import io.gpuscaling.adapter.prometheus.QueryAnswer.Found;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.prometheus.client.CollectorRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PrometheusQueriesTest {

  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");

  private final AtomicLong nanos = new AtomicLong(5_000_000_000L);
  private final CollectorRegistry registry = new CollectorRegistry();
  private final FakeClient client = new FakeClient();
  private final PrometheusQueries queries =
      new PrometheusQueries(settings(), client, nanos::get, this::now, registry);

  /** Answers what the test has put there, and waits for it. */
  private static final class FakeClient implements QueryClient {
    final AtomicInteger asked = new AtomicInteger();
    final AtomicInteger underWay = new AtomicInteger();
    final AtomicInteger mostUnderWay = new AtomicInteger();
    final BlockingQueue<QueryAnswer> answers = new LinkedBlockingQueue<>();
    final Map<String, Integer> byName = new ConcurrentHashMap<>();

    @Override
    public QueryAnswer ask(GrantedQuery query) {
      mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
      byName.merge(query.name(), 1, Integer::sum);
      asked.incrementAndGet();
      try {
        return answers.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Failed(QueryFailure.UNREACHABLE, "interrupted");
      } finally {
        underWay.decrementAndGet();
      }
    }

    @Override
    public void close() {
      answers.clear();
    }
  }

  private static PrometheusSettings settings() {
    Map<String, GrantedQuery> queries = new HashMap<>();
    queries.put("p95", new GrantedQuery("p95", "up", Set.of("web")));
    for (int i = 0; i < 10; i++) {
      queries.put("q" + i, new GrantedQuery("q" + i, "up", Set.of("*")));
    }
    return new PrometheusSettings(
        URI.create("http://prometheus:9090"),
        Optional.empty(),
        Optional.empty(),
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        Duration.ofSeconds(60),
        queries);
  }

  private Instant now() {
    return START.plusNanos(nanos.get() - 5_000_000_000L);
  }

  private void pass(long seconds) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  /** Looks, and lets the answer come to its place. */
  private void look(QueryAnswer answer) {
    client.answers.add(answer);
    double before = counted();
    queries.look();
    await().until(() -> counted() == before + 1);
    await().until(() -> client.underWay.get() == 0 && queries.isIdle());
  }

  private double counted() {
    double sum = 0;
    for (QueryFailure failure : QueryFailure.values()) {
      sum += counted(failure.word());
    }
    return sum + counted("done");
  }

  private double counted(String outcome) {
    Double value =
        registry.getSampleValue(
            "gpuscaling_prometheus_queries_total",
            new String[] {"outcome"},
            new String[] {outcome});
    return value == null ? 0 : value;
  }

  private double fresh(String query) {
    Double value =
        registry.getSampleValue(
            "gpuscaling_prometheus_query_fresh", new String[] {"query"}, new String[] {query});
    return value == null ? -1 : value;
  }

  private String missing() {
    return queries.query("web", "p95") instanceof Observation.Missing(String reason) ? reason : "";
  }

  @AfterEach
  void close() {
    queries.close();
  }

  @Test
  void result_isADataPointOfItsOwnTime() {
    assertThat(missing()).isEqualTo("query p95: it has not been answered yet");

    look(new Found(0.48, START.minusSeconds(2)));

    assertThat(queries.query("web", "p95"))
        .isEqualTo(
            new Observation.Sampled(START.minusSeconds(2), 0.48, Exactness.EXACT, "query p95"));
    assertThat(counted("done")).isEqualTo(1);
    queries.look();
    assertThat(fresh("p95")).isEqualTo(1);
  }

  @Test
  void notGranted_isRefused_theSameWhetherOthersHaveItOrNot() {
    String sentence =
        "PromQL query p95 is not granted to namespace ai: list it with this namespace in"
            + " prometheus.queries of the metrics-adapter's configuration";
    assertThat(queries.refusal("ai", "p95")).contains(sentence);
    assertThat(queries.query("ai", "p95")).isEqualTo(new Observation.Missing(sentence));
    assertThat(queries.refusal("ai", "nobodys")).contains(sentence.replace("p95", "nobodys"));
    assertThat(queries.refusal("web", "p95")).isEmpty();
    assertThat(queries.refusal("anywhere", "q1")).isEmpty();

    queries.look();

    assertThat(client.asked).hasValue(0);
  }

  @Test
  void manyPolicies_oneQuestionInAnInterval() {
    for (int second = 0; second < 10; second++) {
      for (int policy = 0; policy < 50; policy++) {
        var _ = queries.query("web", "p95");
      }
      if (second % 5 == 0) {
        look(new Found(second, now()));
      } else {
        queries.look();
      }
      pass(1);
    }

    assertThat(client.asked).hasValue(2);
  }

  @Test
  void neverMoreThanFourAtOnce_andNoneTwice() {
    for (int i = 0; i < 10; i++) {
      var _ = queries.query("web", "q" + i);
    }
    queries.look();
    queries.look();
    await().until(() -> client.asked.get() == PrometheusQueries.MAX_CONCURRENT);
    pass(600);
    queries.look();
    assertThat(client.asked).hasValue(PrometheusQueries.MAX_CONCURRENT);

    for (int i = 0; i < 10; i++) {
      client.answers.add(new Found(1, now()));
    }
    await()
        .until(() -> {
          queries.look();
          return client.byName.size() == 10;
        });

    assertThat(client.mostUnderWay).hasValue(PrometheusQueries.MAX_CONCURRENT);
  }

  @Test
  void resultThatIsOldWhenItComes_isStale() {
    assertThat(missing()).isNotEmpty();
    look(new Found(1, START.minusSeconds(61)));

    assertThat(missing()).isEqualTo("query p95: the result was 61 s old when it came");
    assertThat(counted("stale")).isEqualTo(1);
  }

  @Test
  void resultGrowsOld_isMissing_andSaysWhyNoNewOneCame() {
    assertThat(missing()).isNotEmpty();
    look(new Found(1, START.minusSeconds(10)));
    pass(50);
    look(new Failed(QueryFailure.TIMEOUT, "Prometheus did not answer in 5.0 s"));
    assertThat(queries.query("web", "p95")).isInstanceOf(Observation.Sampled.class);

    pass(1);

    assertThat(missing())
        .isEqualTo("query p95: the last result is 61 s old; Prometheus did not answer in 5.0 s");
    queries.look();
    assertThat(fresh("p95")).isEqualTo(0);
  }

  @Test
  void answerThatIsNoNumber_takesTheNumberAway() {
    assertThat(missing()).isNotEmpty();
    look(new Found(1, START));
    pass(5);

    look(new Failed(QueryFailure.EMPTY, "the result has no series"));
    assertThat(missing()).isEqualTo("query p95: the result has no series");

    pass(5);
    look(new Failed(QueryFailure.TIMEOUT, "Prometheus did not answer in 5.0 s"));
    assertThat(missing()).contains("did not answer");
    pass(5);
    look(new Found(2, now()));
    assertThat(missing()).isEmpty();
  }

  @Test
  void resultOfTheFuture_countsAsOfNow_orNotAtAll() {
    assertThat(missing()).isNotEmpty();
    look(new Found(1, START.plusSeconds(10)));
    assertThat(((Observation.Sampled) queries.query("web", "p95")).observedAt()).isEqualTo(START);
    pass(5);

    look(new Found(1, now().plusSeconds(11)));

    assertThat(missing())
        .isEqualTo("query p95: the result is of a time 11 s from now: the clocks differ");
    assertThat(counted("clock")).isEqualTo(1);
  }

  @Test
  void queryThatNobodyRefersTo_isAskedNoMore() {
    assertThat(missing()).isNotEmpty();
    look(new Found(1, START));
    pass(PrometheusQueries.FORGET_AFTER.toSeconds() + 1);

    queries.look();

    assertThat(client.asked).hasValue(1);
    assertThat(fresh("p95")).isEqualTo(-1);
    assertThat(missing()).isEqualTo("query p95: it has not been answered yet");
  }

  @Test
  void used_areThoseThatPoliciesReferTo_withWhatKeepsThemFromANumber() {
    assertThat(queries.used()).isEmpty();
    var _ = queries.query("web", "p95");
    assertThat(queries.used())
        .containsExactly(
            new UsedQuery("p95", Optional.of("query p95: it has not been answered yet")));

    client.answers.add(new Failed(QueryFailure.UNREACHABLE, "Prometheus cannot be reached"));
    queries.look();
    await().until(queries::isIdle);
    assertThat(queries.used())
        .containsExactly(
            new UsedQuery("p95", Optional.of("query p95: Prometheus cannot be reached")));

    nanos.addAndGet(Duration.ofSeconds(6).toNanos());
    client.answers.add(new Found(2, now()));
    queries.look();
    await().until(queries::isIdle);
    assertThat(queries.used()).containsExactly(new UsedQuery("p95", Optional.empty()));
  }
}
