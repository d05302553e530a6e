package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerHealth;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView;
import io.gpuscaling.exporter.source.PollLoop;
import io.gpuscaling.exporter.source.SampleSource;
import io.gpuscaling.exporter.source.SourceListener;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.ToIntFunction;
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
  private static final String OUTCOME_OK = "ok";
  private static final String OUTCOME_PARTIAL = "partial";
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
  private final SourceListener listener;
  private final RabbitMetrics metrics;
  private final Ticker ticker;
  private final PollLoop loop;
  private volatile boolean closed;

  // Only the loop's thread uses what follows.
  private List<Sample> lastSamples = List.of();
  private @Nullable Long lastObservedAtNanos;
  private String lastOutcome = "";

  private boolean isReading = true;
  private int lastLeftOut;

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
    this.name = Sources.RABBITMQ_PREFIX + settings.broker().name();
    this.listener = listener;
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
    listener.publish(new SourceSnapshot(name, new SourceState.Starting(), List.of()));
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
    Long observedAtNanos = lastObservedAtNanos;
    if (isReading) {
      isReading = false;
      metrics.reading(settings.broker().name(), false);
      if (stats != null) {
        stats.pause();
      }
      LOG.info("{}: another replica is to read it", settings.broker());
    } else if (observedAtNanos != null
        && ticker.nanos() - observedAtNanos > StalenessLimits.DEFAULTS.queues().toNanos()) {
      lastObservedAtNanos = null;
      lastSamples = List.of();
      listener.publish(new SourceSnapshot(name, new SourceState.Starting(), lastSamples));
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
      lastOutcome = "";
    }
  }

  private void read() {
    long startedAtNanos = ticker.nanos();
    ProbeResult.@Nullable Unavailable failure = null;
    int answered = 0;
    // First, so that what the counters hold is never younger than the depths that follow.
    BrokerStats.View view =
        stats == null ? new BrokerStats.View(null, ManagementView.EMPTY) : stats.refresh();
    queues.discover(view.management(), startedAtNanos);
    for (String vhost : queues.vhosts()) {
      // The vhosts are of one broker: when it cannot be reached, the others are not tried.
      ProbeResult result =
          failure != null && failure.reason() == UnknownReason.UNREACHABLE
              ? failure
              : probe(vhost, view);
      switch (result) {
        case ProbeResult.Answered _ -> answered++;
        case ProbeResult.Unavailable unavailable -> {
          failure = unavailable;
          long now = ticker.nanos();
          queues.of(vhost).values().forEach(model -> model.lose(unavailable.reason(), now));
        }
      }
    }
    if (closed || !mayRead.getAsBoolean()) {
      return; // what took so long that another reads by now is not said
    }
    double seconds = (ticker.nanos() - startedAtNanos) / NANOS_PER_SECOND;
    noteQueues();
    if (failure != null && answered == 0) {
      fail(failure, seconds);
    } else if (queues.isDiscovered()) {
      succeed(failure, samples(view), startedAtNanos, seconds);
    } else if (!view.management().vhosts().isEmpty()) {
      fail(NOT_LISTED, seconds);
    }
  }

  private void noteQueues() {
    int leftOut = queues.leftOut();
    metrics.queues(settings.broker().name(), queues.size(), leftOut);
    if (leftOut != lastLeftOut) {
      lastLeftOut = leftOut;
      LOG.warn(
          "{}: {} queues that patterns match are left out: at most {} are polled",
          settings.broker(),
          leftOut,
          settings.selection().maxQueues());
    }
  }

  private ProbeResult probe(String vhost, BrokerStats.View view) {
    long now = ticker.nanos();
    Map<QueueId, QueueModel> models = queues.of(vhost);
    var due = new ArrayList<String>();
    models.forEach((queue, model) -> {
      if (model.isDue(now)) {
        due.add(queue.queue());
      }
    });
    ProbeResult result = Objects.requireNonNull(probes.get(vhost)).probe(due);
    if (result instanceof ProbeResult.Answered(Map<String, QueueAnswer> answers)) {
      answers.forEach((queue, answer) -> {
        var id = new QueueId(vhost, queue);
        QueueModel model = models.get(id);
        if (model != null) {
          model.observe(answer, QueueEvidence.of(id, view), now);
          metrics.answered(settings.broker().name(), answer);
        }
      });
    }
    return result;
  }

  private void succeed(
      ProbeResult.@Nullable Unavailable failure,
      List<Sample> samples,
      long observedAtNanos,
      double seconds) {
    lastObservedAtNanos = observedAtNanos;
    lastSamples = samples;
    String outcome = failure == null ? OUTCOME_OK : OUTCOME_PARTIAL;
    metrics.polled(settings.broker().name(), outcome, seconds);
    if (changes(outcome)) {
      if (failure == null) {
        LOG.info("{}: {} queues polled", settings.broker(), queues.size());
      } else {
        LOG.warn("{}: some vhosts do not answer: {}", settings.broker(), failure.detail());
      }
    }
    listener.publish(new SourceSnapshot(name, new SourceState.Ok(observedAtNanos), lastSamples));
  }

  private void fail(ProbeResult.Unavailable failure, double seconds) {
    UnknownReason reason = failure.reason();
    String outcome = reason == UnknownReason.REFUSED ? "refused" : "unreachable";
    metrics.polled(settings.broker().name(), outcome, seconds);
    if (changes(outcome)) {
      LOG.warn("{}: {}", settings.broker(), failure.detail());
    }
    Long observedAtNanos = lastObservedAtNanos;
    SourceState state =
        observedAtNanos == null
            ? new SourceState.NeverObserved(reason)
            : new SourceState.Failing(observedAtNanos, reason);
    listener.publish(new SourceSnapshot(name, state, lastSamples));
  }

  private boolean changes(String outcome) {
    boolean changed = !outcome.equals(lastOutcome);
    lastOutcome = outcome;
    return changed;
  }

  private List<Sample> samples(BrokerStats.View view) {
    var samples = new ArrayList<Sample>(10 * queues.size());
    for (String vhost : queues.vhosts()) {
      queues.of(vhost).forEach((queue, model) -> model.samples(sink(queue, samples)));
    }
    long now = ticker.nanos();
    queues
        .incomplete()
        .forEach((pattern, reason) ->
            QueueModel.unknown(
                reason, sink(new QueueId(pattern.vhost(), pattern.pattern()), samples), now));
    if (settings.broker().managementUrl() != null) {
      health(view.management().health(), samples);
    }
    return samples;
  }

  private QueueModel.Sink sink(QueueId queue, List<Sample> samples) {
    Labels labels =
        Labels.of(
            "broker", settings.broker().name(),
            "vhost", queue.vhostLabel(),
            "queue", queue.queue());
    return (metric, value, observedAtNanos) ->
        samples.add(new Sample(new SeriesKey(metric.metricName(), labels), value, observedAtNanos));
  }

  private void health(@Nullable BrokerHealth health, List<Sample> samples) {
    Labels labels = Labels.of("broker", settings.broker().name());
    long now = ticker.nanos();
    BiConsumer<ServedMetric, OptionalInt> add =
        (metric, count) ->
            samples.add(
                new Sample(
                    new SeriesKey(metric.metricName(), labels),
                    count.isPresent()
                        ? SampleValue.exact(count.getAsInt())
                        : SampleValue.unknown(UnknownReason.NOT_REPORTED),
                    now));
    Function<ToIntFunction<BrokerHealth>, OptionalInt> of =
        field -> health == null ? OptionalInt.empty() : OptionalInt.of(field.applyAsInt(health));
    add.accept(ServedMetric.RABBITMQ_BROKER_ALARMS, of.apply(BrokerHealth::alarms));
    add.accept(ServedMetric.RABBITMQ_BROKER_PARTITIONS, of.apply(BrokerHealth::partitions));
    add.accept(ServedMetric.RABBITMQ_BROKER_NODES_DOWN, of.apply(BrokerHealth::nodesDown));
    add.accept(
        ServedMetric.RABBITMQ_BROKER_BLOCKED_CONNECTIONS,
        health == null ? OptionalInt.empty() : health.blockedConnections());
  }
}
