package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.RabbitMetrics.Stage;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import io.gpuscaling.exporter.rabbitmq.stats.CounterView;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView;
import io.gpuscaling.exporter.rabbitmq.stats.WorkersView;
import io.gpuscaling.exporter.source.PollLoop;
import io.gpuscaling.exporter.source.SampleSource;
import io.gpuscaling.exporter.source.SourceListener;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source {@code rabbitmq/BROKER}: polls queues of one broker while it is the one of all
 * replicas that does, over one connection for each vhost (AMQP binds a connection to one), and
 * publishes what is believed of them. A queue that is gone is unknown, never 0. The source fails
 * when no vhost answers; when only some do, the series of the others are unknown. Safe for use by
 * any thread.
 */
public final class RabbitSource implements SampleSource {

  private static final Logger LOG = LoggerFactory.getLogger(RabbitSource.class);
  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * For asking all queues of all vhosts, apart from connecting. More than the answer to one queue
   * may take, and less than half the time after which what a queue said is stale.
   */
  static final Duration SWEEP_TIMEOUT = Duration.ofSeconds(4);

  /**
   * A queue that was not reached for so long, since the sweeps took too much time, is unknown:
   * until then what it said counts, with its age.
   */
  static final Duration LONGEST_UNASKED = StalenessLimits.DEFAULTS.queues().dividedBy(2);

  private static final ProbeResult.Unavailable NOT_LISTED =
      new ProbeResult.Unavailable(
          UnknownReason.UNREACHABLE,
          "the management API has not listed the queues, which the patterns need");

  private final RabbitSettings settings;
  private final String name;
  private final WatchedQueues queues;
  private final BrokerSweep sweep;
  private final @Nullable BrokerStats stats;
  private final BooleanSupplier mayRead;
  private final BrokerReport report;
  private final BrokerSamples samples;
  private final WorkerSamples workers;
  private final RabbitMetrics metrics;
  private final Ticker ticker;
  private final PollLoop loop;
  private volatile boolean closed;

  /** For the loop's thread. */
  private boolean isReading = true;

  private RabbitSource(
      RabbitSettings settings,
      Function<String, QueueProbe> probes,
      @Nullable BrokerStats stats,
      BooleanSupplier mayRead,
      SourceListener listener,
      RabbitMetrics metrics,
      Ticker ticker,
      RandomGenerator random) {
    BrokerSettings broker = settings.broker();
    var rules =
        new QueueModel.Rules(
            settings.pollInterval(),
            settings.zeroConfirmation(),
            settings.stuckAfter(),
            broker.managementUrl() != null,
            broker.managementUrl() != null || !broker.prometheusUrls().isEmpty());
    this.stats = stats;
    this.settings = settings;
    this.name = Sources.RABBITMQ_PREFIX + broker.name();
    this.report = new BrokerReport(name, broker, listener, metrics);
    this.samples = new BrokerSamples(broker.name(), broker.managementUrl() != null);
    this.workers = new WorkerSamples(broker.name(), metrics);
    this.metrics = metrics;
    this.ticker = ticker;
    this.mayRead = mayRead;
    this.queues = new WatchedQueues(settings.selection(), rules, ticker.nanos());
    this.sweep = new BrokerSweep(queues.vhosts(), probes, ticker);
    this.loop = new PollLoop("poll-" + name, settings.pollInterval(), this::poll, ticker, random);
  }

  /**
   * A source that asks a real broker; does nothing until {@link #start}.
   *
   * @param connectionName what the broker's operators see
   * @param mayRead whether this process, of several, reads the broker at this instant
   * @param random for jitter
   * @throws IOException when TLS files cannot be used
   */
  public static RabbitSource create(
      RabbitSettings settings,
      String connectionName,
      BooleanSupplier mayRead,
      SourceListener listener,
      RabbitMetrics metrics,
      Ticker ticker,
      RandomGenerator random)
      throws IOException {
    BrokerSettings broker = settings.broker();
    return create(
        settings,
        vhost -> AmqpQueueProbe.create(broker, vhost, connectionName, metrics, ticker, random),
        broker.managementUrl() == null && broker.prometheusUrls().isEmpty()
            ? null
            : stats(settings, metrics, ticker, random),
        mayRead,
        listener,
        metrics,
        ticker,
        random);
  }

  static BrokerStats stats(
      RabbitSettings settings, RabbitMetrics metrics, Ticker ticker, RandomGenerator random)
      throws IOException {
    BrokerSettings broker = settings.broker();
    QueueSelection selection = settings.selection();
    try {
      return new BrokerStats(
          broker.name(),
          broker,
          new TlsReload(broker),
          selection.vhosts(),
          selection.selected(),
          new RequestLog(broker, metrics),
          ticker,
          random);
    } catch (GeneralSecurityException e) {
      throw new IOException("the TLS files of " + broker + " cannot be used", e);
    }
  }

  /**
   * A source that does nothing until {@link #start}.
   *
   * @param probes makes the probe of a vhost; the source closes it
   * @param stats what else is asked of the broker, null for nothing; the source closes it
   * @param mayRead whether this process reads the broker at this instant
   * @param random for jitter
   */
  static RabbitSource create(
      RabbitSettings settings,
      Function<String, QueueProbe> probes,
      @Nullable BrokerStats stats,
      BooleanSupplier mayRead,
      SourceListener listener,
      RabbitMetrics metrics,
      Ticker ticker,
      RandomGenerator random) {
    return new RabbitSource(settings, probes, stats, mayRead, listener, metrics, ticker, random);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void start() {
    report.starting();
    if (!mayRead.getAsBoolean()) {
      pause();
    }
    if (stats != null) {
      stats.start();
      if (settings.areWorkersRead()) {
        stats.startWorkers();
      }
    }
    loop.start();
  }

  @Override
  public void close() {
    closed = true;
    // First the connections: a poll that waits for the broker ends with them.
    sweep.close();
    if (stats != null) {
      stats.close();
    }
    loop.close();
  }

  /** Looks again whether this process is to read the broker, at once. By any thread. */
  public void wake() {
    loop.wake();
  }

  /** One look at all queues that are due. On the loop's thread. */
  void poll() {
    if (mayRead.getAsBoolean()) {
      resume();
      read();
    } else {
      pause();
    }
  }

  /**
   * What was said stays said, and ages: it is what the adapter knows until the reader that takes
   * over has spoken. When it is stale it is taken back.
   */
  private void pause() {
    if (isReading) {
      isReading = false;
      metrics.reading(settings.broker().name(), false);
      if (stats != null) {
        stats.pause();
      }
      LOG.info("{}: another replica is to read it", settings.broker());
    } else {
      report.age(ticker.nanos());
    }
  }

  /** Nothing is believed of what was known before the pause but the past of the counters. */
  private void resume() {
    metrics.reading(settings.broker().name(), true);
    if (!isReading) {
      isReading = true;
      if (stats != null) {
        stats.resume();
      }
      long now = ticker.nanos();
      queues.all().forEach(model -> model.lose(UnknownReason.STARTING, now));
      report.forgetOutcome();
    }
  }

  private void read() {
    long startedAtNanos = ticker.nanos();
    // First, so that what the counters hold is never younger than the depths that follow.
    BrokerStats.View view =
        stats == null ? new BrokerStats.View(null, ManagementView.EMPTY) : stats.refresh();
    queues.discover(view.management(), startedAtNanos);
    long countedAtNanos = took(Stage.COUNTERS, startedAtNanos);
    BrokerSweep.Swept swept = sweep.sweep(queues, countedAtNanos + SWEEP_TIMEOUT.toNanos());
    long sweptAtNanos = took(Stage.QUEUES, countedAtNanos);
    CounterView again = recount(swept.asked(), view);
    swept.asked().forEach(it -> take(it, view, again));
    if (closed || !mayRead.getAsBoolean()) {
      return; // what took so long that another reads by now is not said
    }
    double seconds = (sweptAtNanos - startedAtNanos) / NANOS_PER_SECOND;
    ProbeResult.Unavailable failure = swept.failure();
    report.queues(queues.size(), queues.leftOut(), settings.selection().maxQueues());
    report.found(
        BrokerFindings.of(swept.failures(), stats == null ? List.of() : stats.troubles(), queues));
    if (failure != null && swept.vhosts() == 0) {
      report.failed(failure, seconds);
    } else if (queues.isDiscovered()) {
      report.observed(
          new BrokerReport.Poll(queues.size(), swept.notReached(), failure),
          samplesOf(view, sweptAtNanos),
          queues.lookedAtNanos(startedAtNanos),
          seconds);
      took(Stage.SAMPLES, sweptAtNanos);
    } else if (!view.management().vhosts().isEmpty()) {
      report.failed(NOT_LISTED, seconds);
    }
  }

  private List<Sample> samplesOf(BrokerStats.View view, long nowNanos) {
    List<Sample> all = samples.of(queues, view.management().health(), nowNanos);
    all.addAll(workers.of(stats == null ? WorkersView.NONE : stats.workers()));
    return all;
  }

  /** Answers what time it is. */
  private long took(Stage stage, long sinceNanos) {
    long now = ticker.nanos();
    metrics.took(settings.broker().name(), stage, (now - sinceNanos) / NANOS_PER_SECOND);
    return now;
  }

  /** Counts again where it matters, since the counters were read before the declares. */
  private @Nullable CounterView recount(List<BrokerSweep.Asked> asked, BrokerStats.View view) {
    CounterView counters = view.counters();
    if (stats == null
        || counters == null
        || counters.origin() != CounterView.Origin.PROMETHEUS
        || asked.stream()
            .noneMatch(it ->
                it.answer() != null
                    && it.model()
                        .needsSecondCount(it.answer(), QueueEvidence.of(it.queue(), view)))) {
      return null;
    }
    long now = ticker.nanos();
    CounterView again = stats.recount(now);
    took(Stage.RECOUNT, now);
    return again;
  }

  private void take(BrokerSweep.Asked asked, BrokerStats.View view, @Nullable CounterView again) {
    QueueAnswer answer = asked.answer();
    if (answer != null) {
      asked.model().observe(answer, QueueEvidence.of(asked.queue(), view, again), asked.atNanos());
      metrics.answered(settings.broker().name(), answer);
    } else {
      metrics.notReached(settings.broker().name());
      if (asked.atNanos() - asked.model().lookedAtNanos() > LONGEST_UNASKED.toNanos()) {
        asked.model().lose(UnknownReason.UNREACHABLE, asked.atNanos());
      }
    }
  }
}
