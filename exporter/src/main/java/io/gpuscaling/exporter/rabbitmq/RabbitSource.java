package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.source.PollLoop;
import io.gpuscaling.exporter.source.SampleSource;
import io.gpuscaling.exporter.source.SourceListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source {@code rabbitmq/BROKER}: polls the named queues of one broker, over one connection for
 * each vhost (AMQP binds a connection to one), and publishes depth and consumers. A queue that is
 * gone is unknown, never 0. The source fails when no vhost answers; when only some do, the series
 * of the others are unknown. Safe for use by any thread.
 */
public final class RabbitSource implements SampleSource {

  private static final Logger LOG = LoggerFactory.getLogger(RabbitSource.class);
  private static final double NANOS_PER_SECOND = 1e9;
  private static final String OUTCOME_OK = "ok";
  private static final String OUTCOME_PARTIAL = "partial";

  private final RabbitSettings settings;
  private final String name;
  private final List<Vhost> vhosts;
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
  private record Vhost(String vhost, QueueProbe probe, Map<QueueId, QueueWatch> watches) {}

  private RabbitSource(
      RabbitSettings settings,
      Function<String, QueueProbe> probes,
      SourceListener listener,
      RabbitMetrics metrics,
      Ticker ticker,
      RandomGenerator random) {
    this.settings = settings;
    this.name = Sources.RABBITMQ_PREFIX + settings.broker().name();
    this.listener = listener;
    this.metrics = metrics;
    this.ticker = ticker;
    var byVhost = new LinkedHashMap<String, Map<QueueId, QueueWatch>>();
    for (QueueId queue : settings.queues()) {
      byVhost
          .computeIfAbsent(queue.vhost(), _ -> new LinkedHashMap<>())
          .put(queue, new QueueWatch(settings.zeroConfirmation(), ticker.nanos()));
    }
    this.vhosts = new ArrayList<>();
    byVhost.forEach((v, watches) -> vhosts.add(new Vhost(v, probes.apply(v), watches)));
    this.loop = new PollLoop("poll-" + name, settings.pollInterval(), this::poll, ticker, random);
  }

  /**
   * A source that does nothing until {@link #start}.
   *
   * @param probes makes the probe of a vhost; the source closes it
   * @param random for jitter
   */
  public static RabbitSource create(
      RabbitSettings settings,
      Function<String, QueueProbe> probes,
      SourceListener listener,
      RabbitMetrics metrics,
      Ticker ticker,
      RandomGenerator random) {
    return new RabbitSource(settings, probes, listener, metrics, ticker, random);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void start() {
    listener.publish(new SourceSnapshot(name, new SourceState.Starting(), List.of()));
    loop.start();
  }

  @Override
  public void close() {
    closed = true;
    // First the connections: a poll that waits for the broker ends with them.
    vhosts.forEach(vhost -> vhost.probe().close());
    loop.close();
  }

  /** One look at all queues that are due. On the loop's thread. */
  void poll() {
    long startedAtNanos = ticker.nanos();
    ProbeResult.@Nullable Unavailable failure = null;
    int answered = 0;
    for (Vhost vhost : vhosts) {
      // The vhosts are of one broker: when it cannot be reached, the others are not tried.
      ProbeResult result =
          failure != null && failure.reason() == UnknownReason.UNREACHABLE ? failure : probe(vhost);
      switch (result) {
        case ProbeResult.Answered _ -> answered++;
        case ProbeResult.Unavailable unavailable -> {
          failure = unavailable;
          long now = ticker.nanos();
          vhost.watches().values().forEach(watch -> watch.lose(unavailable.reason(), now));
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
      succeed(failure, startedAtNanos, seconds);
    }
  }

  private ProbeResult probe(Vhost vhost) {
    long now = ticker.nanos();
    var due = new ArrayList<String>();
    vhost
        .watches()
        .forEach((queue, watch) -> {
          if (watch.isDue(now)) {
            due.add(queue.queue());
          }
        });
    ProbeResult result = vhost.probe().probe(due);
    if (result instanceof ProbeResult.Answered(Map<String, QueueAnswer> answers)) {
      answers.forEach((queue, answer) -> {
        QueueWatch watch = vhost.watches().get(new QueueId(vhost.vhost(), queue));
        if (watch != null) {
          watch.observe(answer, now);
          metrics.answered(settings.broker().name(), answer);
        }
      });
    }
    return result;
  }

  private void succeed(
      ProbeResult.@Nullable Unavailable failure, long observedAtNanos, double seconds) {
    lastObservedAtNanos = observedAtNanos;
    lastSamples = samples();
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

  private List<Sample> samples() {
    var samples = new ArrayList<Sample>(2 * settings.queues().size());
    for (Vhost vhost : vhosts) {
      vhost
          .watches()
          .forEach((queue, watch) -> {
            Labels labels =
                Labels.of(
                    "broker", settings.broker().name(),
                    "vhost", queue.vhostLabel(),
                    "queue", queue.queue());
            samples.add(
                new Sample(
                    new SeriesKey(ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY.metricName(), labels),
                    watch.ready(),
                    watch.observedAtNanos()));
            samples.add(
                new Sample(
                    new SeriesKey(ServedMetric.RABBITMQ_QUEUE_CONSUMERS.metricName(), labels),
                    watch.consumers(),
                    watch.observedAtNanos()));
          });
    }
    return samples;
  }
}
