package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView;
import io.gpuscaling.exporter.source.PollLoop;
import io.gpuscaling.exporter.source.SampleSource;
import io.gpuscaling.exporter.source.SourceListener;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
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
  private final Map<String, QueueProbe> probes = new TreeMap<>();
  private final @Nullable BrokerStats stats;
  private final BooleanSupplier mayRead;
  private final BrokerReport report;
  private final BrokerSamples samples;
  private final RabbitMetrics metrics;
  private final Ticker ticker;
  private final PollLoop loop;
  private volatile boolean closed;

  // Only the loop's thread uses what follows.
  private boolean isReading = true;

  /** Queues that this poll had no time for. */
  private int notReached;

  /** The one that the next poll begins with: the first whose queues were not all reached. */
  private String firstVhost = "";

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
    this.metrics = metrics;
    this.ticker = ticker;
    this.mayRead = mayRead;
    this.queues = new WatchedQueues(settings.selection(), rules, ticker.nanos());
    queues.vhosts().forEach(vhost -> this.probes.put(vhost, probes.apply(vhost)));
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
          BrokerTls.context(broker.tlsFiles()),
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
    }
    loop.start();
  }

  @Override
  public void close() {
    closed = true;
    // First the connections: a poll that waits for the broker ends with them.
    probes.values().forEach(QueueProbe::close);
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
    ProbeResult.@Nullable Unavailable failure = null;
    int answered = 0;
    notReached = 0;
    String lateVhost = "";
    // First, so that what the counters hold is never younger than the depths that follow.
    BrokerStats.View view =
        stats == null ? new BrokerStats.View(null, ManagementView.EMPTY) : stats.refresh();
    queues.discover(view.management(), startedAtNanos);
    long sweepsUntilNanos = ticker.nanos() + SWEEP_TIMEOUT.toNanos();
    List<String> vhosts = new ArrayList<>(queues.vhosts());
    Collections.rotate(vhosts, -Math.max(0, vhosts.indexOf(firstVhost)));
    for (String vhost : vhosts) {
      // The vhosts are of one broker: when it cannot be reached, the others are not tried.
      ProbeResult result =
          failure != null && failure.reason() == UnknownReason.UNREACHABLE
              ? failure
              : probe(vhost, view, Duration.ofNanos(sweepsUntilNanos - ticker.nanos()));
      switch (result) {
        case ProbeResult.Answered _ -> {
          answered++;
          lateVhost = lateVhost.isEmpty() && notReached > 0 ? vhost : lateVhost;
        }
        case ProbeResult.Unavailable unavailable -> {
          failure = unavailable;
          long now = ticker.nanos();
          queues.of(vhost).values().forEach(model -> model.lose(unavailable.reason(), now));
        }
      }
    }
    firstVhost = lateVhost.isEmpty() ? firstVhost : lateVhost;
    if (closed || !mayRead.getAsBoolean()) {
      return; // what took so long that another reads by now is not said
    }
    double seconds = (ticker.nanos() - startedAtNanos) / NANOS_PER_SECOND;
    report.queues(queues.size(), queues.leftOut(), settings.selection().maxQueues());
    if (failure != null && answered == 0) {
      report.failed(failure, seconds);
    } else if (queues.isDiscovered()) {
      report.observed(
          new BrokerReport.Poll(queues.size(), notReached, failure),
          samples.of(queues, view.management().health(), ticker.nanos()),
          queues.lookedAtNanos(startedAtNanos),
          seconds);
    } else if (!view.management().vhosts().isEmpty()) {
      report.failed(NOT_LISTED, seconds);
    }
  }

  private ProbeResult probe(String vhost, BrokerStats.View view, Duration timeout) {
    long now = ticker.nanos();
    Map<QueueId, QueueModel> models = queues.of(vhost);
    var due = new ArrayList<Map.Entry<QueueId, QueueModel>>();
    var suspects = new HashSet<String>();
    for (Map.Entry<QueueId, QueueModel> each : models.entrySet()) {
      if (each.getValue().isDue(now)) {
        due.add(each);
        if (each.getValue().isSilent()) {
          suspects.add(each.getKey().queue());
        }
      }
    }
    // Those that were not reached the last time come first.
    due.sort(Comparator.comparingLong(each -> each.getValue().lookedAtNanos() - now));
    ProbeResult result =
        Objects.requireNonNull(probes.get(vhost))
            .probe(due.stream().map(each -> each.getKey().queue()).toList(), suspects, timeout);
    if (result instanceof ProbeResult.Answered(Map<String, QueueAnswer> answers)) {
      due.forEach(each -> take(each, answers.get(each.getKey().queue()), view, now));
    }
    return result;
  }

  private void take(
      Map.Entry<QueueId, QueueModel> queue,
      @Nullable QueueAnswer answer,
      BrokerStats.View view,
      long nowNanos) {
    QueueModel model = queue.getValue();
    if (answer != null) {
      model.observe(answer, QueueEvidence.of(queue.getKey(), view), nowNanos);
      metrics.answered(settings.broker().name(), answer);
    } else {
      notReached++;
      metrics.notReached(settings.broker().name());
      if (nowNanos - model.lookedAtNanos() > LONGEST_UNASKED.toNanos()) {
        model.lose(UnknownReason.UNREACHABLE, nowNanos);
      }
    }
  }
}
