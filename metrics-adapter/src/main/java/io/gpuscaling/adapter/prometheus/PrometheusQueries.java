package io.gpuscaling.adapter.prometheus;

import io.gpuscaling.adapter.api.UsedQuery;
import io.gpuscaling.adapter.policy.QueryResults;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.policy.observe.Observation;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the newest result of each query that some policy refers to: asked once in an interval,
 * however many policies there are, and no longer when nobody refers to it. Create, start, close;
 * each once. Asking is safe for any thread and never blocks.
 */
public final class PrometheusQueries implements QueryResults, AutoCloseable {

  /** Under way at once: Prometheus has 20 by default for everybody. */
  static final int MAX_CONCURRENT = 4;

  /** How exactly the interval is kept. */
  private static final Duration LOOK_INTERVAL = Duration.ofMillis(250);

  /** Longer than the longest interval of a policy: then nobody refers to it any more. */
  static final Duration FORGET_AFTER = Duration.ofMinutes(11);

  private final PrometheusSettings settings;
  private final QueryClient client;
  private final Ticker ticker;
  private final InstantSource clock;
  private final PrometheusMetrics metrics;
  private final Semaphore permits = new Semaphore(MAX_CONCURRENT);
  private final ExecutorService askers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("prometheus-", 0).factory());
  private final PeriodicTask looks;

  /** By name; of names of the configuration only, which bounds it. */
  private final Map<String, QueryRun> runs = new ConcurrentHashMap<>();

  /** Asks nothing yet. */
  public static PrometheusQueries create(
      PrometheusSettings settings, Ticker ticker, InstantSource clock, CollectorRegistry registry) {
    return new PrometheusQueries(settings, new HttpQueryClient(settings), ticker, clock, registry);
  }

  PrometheusQueries(
      PrometheusSettings settings,
      QueryClient client,
      Ticker ticker,
      InstantSource clock,
      CollectorRegistry registry) {
    this.settings = settings;
    this.client = client;
    this.ticker = ticker;
    this.clock = clock;
    this.metrics = new PrometheusMetrics(registry);
    this.looks = new PeriodicTask("prometheus", LOOK_INTERVAL, this::look);
  }

  /** Begins to ask. */
  public void start() {
    looks.start();
  }

  @Override
  public Optional<String> refusal(String namespace, String query) {
    // The same for a query that is granted to others: who may what is not everybody's to know.
    return granted(namespace, query) == null
        ? Optional.of(QueryResults.notGranted(namespace, query))
        : Optional.empty();
  }

  private @Nullable GrantedQuery granted(String namespace, String query) {
    GrantedQuery it = settings.queries().get(query);
    return it != null && it.isGranted(namespace) ? it : null;
  }

  @Override
  public Observation query(String namespace, String query) {
    GrantedQuery granted = granted(namespace, query);
    if (granted == null) {
      return new Observation.Missing(QueryResults.notGranted(namespace, query));
    }
    long now = ticker.nanos();
    QueryRun run = runs.computeIfAbsent(query, _ -> new QueryRun(granted, now));
    run.wanted(now);
    return run.observation(now, settings.stalenessLimit());
  }

  @Override
  public List<UsedQuery> used() {
    long now = ticker.nanos();
    return runs.values().stream()
        .map(run ->
            new UsedQuery(
                run.query().name(),
                run.observation(now, settings.stalenessLimit())
                        instanceof Observation.Missing(String why)
                    ? Optional.of(why)
                    : Optional.empty()))
        .sorted(Comparator.comparing(UsedQuery::name))
        .toList();
  }

  /** Starts what is due. */
  void look() {
    long now = ticker.nanos();
    runs.values()
        .removeIf(run -> {
          boolean isForgotten = run.isForgotten(now);
          if (isForgotten) {
            metrics.forget(run.query().name());
          }
          return isForgotten;
        });
    for (QueryRun run : runs.values()) {
      metrics.fresh(
          run.query().name(),
          run.observation(now, settings.stalenessLimit()) instanceof Observation.Sampled);
      if (run.isDue(now) && permits.tryAcquire()) {
        run.begin(now, settings.interval());
        try {
          askers.execute(() -> ask(run));
        } catch (RuntimeException e) {
          permits.release();
          run.end();
          throw e;
        }
      }
    }
  }

  private void ask(QueryRun run) {
    long began = ticker.nanos();
    try {
      QueryAnswer answer = client.ask(run.query());
      QueryAnswer judged = QueryRun.judged(answer, clock.instant(), settings.stalenessLimit());
      metrics.asked(judged, ticker.nanos() - began);
      run.answered(judged, clock.instant(), ticker.nanos());
    } finally {
      run.end();
      permits.release();
    }
  }

  /** Whether no question is under way. */
  boolean isIdle() {
    return permits.availablePermits() == MAX_CONCURRENT;
  }

  @Override
  public void close() {
    looks.close();
    askers.shutdownNow();
    client.close();
  }
}
