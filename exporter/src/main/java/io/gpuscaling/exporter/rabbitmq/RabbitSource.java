package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.Sources;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source {@code rabbitmq/BROKER}: polls the named queues of one broker, over one connection for
 * each vhost (AMQP binds a connection to one), and publishes what is believed of them. A queue that
 * is gone is unknown, never 0. The source fails when no vhost answers; when only some do, the
 * series of the others are unknown. Safe for use by any thread.
 */
public final class RabbitSource implements SampleSource {

  private static final Logger LOG = LoggerFactory.getLogger(RabbitSource.class);
  private static final double NANOS_PER_SECOND = 1e9;
  private static final String OUTCOME_OK = "ok";
  private static final String OUTCOME_PARTIAL = "partial";

  private final RabbitSettings settings;
  private final String name;
  private final List<Vhost> vhosts;
  private final @Nullable BrokerStats stats;
  private final SourceListener listener;
  private final RabbitMetrics metrics;
  private final Ticker ticker;
  private final PollLoop loop;
  private volatile boolean closed;

  // Only the loop's thread uses what follows.
  private List<Sample> lastSamples = List.of();
  private @Nullable Long lastObservedAtNanos;
  private String lastOutcome = "";

  /** A vhost, its connection and its queues. */
  private record Vhost(String vhost, QueueProbe probe, Map<QueueId, QueueModel> models) {}

  private RabbitSource(
      RabbitSettings settings,
      Function<String, QueueProbe> probes,
      @Nullable BrokerStats stats,
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
    var byVhost = new LinkedHashMap<String, Map<QueueId, QueueModel>>();
    for (QueueId queue : settings.queues()) {
      byVhost
          .computeIfAbsent(queue.vhost(), _ -> new LinkedHashMap<>())
          .put(queue, new QueueModel(rules, ticker.nanos()));
    }
    this.vhosts = new ArrayList<>();
    byVhost.forEach((v, models) -> vhosts.add(new Vhost(v, probes.apply(v), models)));
    this.loop = new PollLoop("poll-" + name, settings.pollInterval(), this::poll, ticker, random);
  }

  /**
   * A source that asks a real broker; does nothing until {@link #start}.
   *
   * @param connectionName what the broker's operators see
   * @param random for jitter
   * @throws IOException when TLS files cannot be used
   */
  public static RabbitSource create(
      RabbitSettings settings,
      String connectionName,
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
            : stats(broker, settings.queues(), metrics, ticker, random),
        listener,
        metrics,
        ticker,
        random);
  }

  static BrokerStats stats(
      BrokerSettings broker,
      List<QueueId> queues,
      RabbitMetrics metrics,
      Ticker ticker,
      RandomGenerator random)
      throws IOException {
    Set<QueueId> watched = Set.copyOf(queues);
    Set<String> vhosts = new TreeSet<>();
    watched.forEach(queue -> vhosts.add(queue.vhost()));
    try {
      return new BrokerStats(
          broker.name(),
          broker,
          BrokerTls.context(broker.tlsFiles()),
          vhosts,
          watched::contains,
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
   * @param random for jitter
   */
  static RabbitSource create(
      RabbitSettings settings,
      Function<String, QueueProbe> probes,
      @Nullable BrokerStats stats,
      SourceListener listener,
      RabbitMetrics metrics,
      Ticker ticker,
      RandomGenerator random) {
    return new RabbitSource(settings, probes, stats, listener, metrics, ticker, random);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void start() {
    listener.publish(new SourceSnapshot(name, new SourceState.Starting(), List.of()));
    if (stats != null) {
      stats.start();
    }
    loop.start();
  }

  @Override
  public void close() {
    closed = true;
    // First the connections: a poll that waits for the broker ends with them.
    vhosts.forEach(vhost -> vhost.probe().close());
    if (stats != null) {
      stats.close();
    }
    loop.close();
  }

  /** One look at all queues that are due. On the loop's thread. */
  void poll() {
    long startedAtNanos = ticker.nanos();
    ProbeResult.@Nullable Unavailable failure = null;
    int answered = 0;
    // First, so that what the counters hold is never younger than the depths that follow.
    BrokerStats.View view =
        stats == null ? new BrokerStats.View(null, ManagementView.EMPTY) : stats.refresh();
    for (Vhost vhost : vhosts) {
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
          vhost.models().values().forEach(model -> model.lose(unavailable.reason(), now));
        }
      }
    }
    if (closed) {
      return;
    }
    double seconds = (ticker.nanos() - startedAtNanos) / NANOS_PER_SECOND;
    if (failure != null && answered == 0) {
      fail(failure, seconds);
    } else {
      succeed(failure, samples(view), startedAtNanos, seconds);
    }
  }

  private ProbeResult probe(Vhost vhost, BrokerStats.View view) {
    long now = ticker.nanos();
    var due = new ArrayList<String>();
    vhost
        .models()
        .forEach((queue, model) -> {
          if (model.isDue(now)) {
            due.add(queue.queue());
          }
        });
    ProbeResult result = vhost.probe().probe(due);
    if (result instanceof ProbeResult.Answered(Map<String, QueueAnswer> answers)) {
      answers.forEach((queue, answer) -> {
        var id = new QueueId(vhost.vhost(), queue);
        QueueModel model = vhost.models().get(id);
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
        LOG.info("{}: {} queues polled", settings.broker(), settings.queues().size());
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
    var samples = new ArrayList<Sample>(10 * settings.queues().size());
    for (Vhost vhost : vhosts) {
      vhost
          .models()
          .forEach((queue, model) -> {
            Labels labels =
                Labels.of(
                    "broker", settings.broker().name(),
                    "vhost", queue.vhostLabel(),
                    "queue", queue.queue());
            model.samples((metric, value, observedAtNanos) ->
                samples.add(
                    new Sample(
                        new SeriesKey(metric.metricName(), labels), value, observedAtNanos)));
          });
    }
    if (settings.broker().managementUrl() != null) {
      health(view.management().health(), samples);
    }
    return samples;
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
