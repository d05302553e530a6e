package io.gpuscaling.exporter.rabbitmq;

import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/** A source of some queues, and what it says. */
final class WatchedSource implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  final AtomicReference<SourceSnapshot> said = new AtomicReference<>();

  /** All depths of the first queue that were ever said. */
  final Set<Double> depths = ConcurrentHashMap.newKeySet();

  /** All depths that were ever said, by queue. */
  final Map<String, Set<Double>> depthsByQueue = new ConcurrentHashMap<>();

  private final CollectorRegistry registry = new CollectorRegistry();
  private final RabbitSource source;

  WatchedSource(BrokerSettings settings, String... queues) throws Exception {
    this(
        settings,
        QueueSelection.of(List.of(queues).stream().map(queue -> new QueueId("/", queue)).toList()));
  }

  WatchedSource(BrokerSettings settings, QueueSelection selection) throws Exception {
    source =
        RabbitSource.create(
            new RabbitSettings(
                settings,
                selection,
                Duration.ofMillis(250),
                Duration.ofSeconds(60),
                Duration.ofSeconds(3)),
            "test-source",
            () -> true,
            this::hear,
            RabbitMetrics.register(registry),
            Ticker.system(),
            new SplittableRandom(1));
    source.start();
  }

  private void hear(SourceSnapshot snapshot) {
    said.set(snapshot);
    for (Sample sample : snapshot.samples()) {
      if (sample.series().metric().equals("rabbitmq_queue_messages_ready")
          && sample.value() instanceof SampleValue.Known(double depth, _)) {
        depthsByQueue
            .computeIfAbsent(
                sample.series().labels().getOrEmpty("queue"), _ -> ConcurrentHashMap.newKeySet())
            .add(depth);
      }
    }
    if (snapshot.samples().stream()
            .filter(it -> it.series().metric().equals("rabbitmq_queue_messages_ready"))
            .findFirst()
            .map(Sample::value)
            .orElse(SampleValue.unknown(UnknownReason.STARTING))
        instanceof SampleValue.Known(double depth, _)) {
      depths.add(depth);
    }
  }

  SampleValue value(ServedMetric metric, String queue) {
    for (Sample sample : said.get().samples()) {
      if (sample.series().metric().equals(metric.metricName())
          && (queue.isEmpty() || queue.equals(sample.series().labels().get("queue")))) {
        return sample.value();
      }
    }
    return SampleValue.unknown(UnknownReason.STARTING);
  }

  /** What it has series of. */
  Set<String> queues() {
    return said.get().samples().stream()
        .map(it -> it.series().labels().get("queue"))
        .filter(Objects::nonNull)
        .collect(Collectors.toSet());
  }

  double number(ServedMetric metric, String queue) {
    return value(metric, queue) instanceof SampleValue.Known(double number, _)
        ? number
        : Double.NaN;
  }

  void awaitValue(ServedMetric metric, String queue, double number) {
    await(metric + " of " + queue).atMost(DEADLINE).until(() -> number(metric, queue) == number);
  }

  void awaitValue(ServedMetric metric, String queue, SampleValue value) {
    await(metric + " of " + queue).atMost(DEADLINE).until(() -> value(metric, queue).equals(value));
  }

  double connects(String outcome) {
    Double count =
        registry.getSampleValue(
            "gpuscaling_rabbitmq_connects_total",
            new String[] {"broker", "outcome"},
            new String[] {"default", outcome});
    return count == null ? 0 : count;
  }

  @Override
  public void close() {
    source.close();
  }
}
