package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerHealth;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is believed of the queues of one broker, and of itself, as samples. Keeps the series of the
 * queues from poll to poll, since there are thousands. Not for several threads.
 */
final class BrokerSamples {

  private final String broker;
  private final boolean hasHealth;
  private Map<QueueId, Map<ServedMetric, SeriesKey>> series = new HashMap<>();

  /**
   * For one broker.
   *
   * @param hasHealth whether its state can be known
   */
  BrokerSamples(String broker, boolean hasHealth) {
    this.broker = broker;
    this.hasHealth = hasHealth;
  }

  /** All there are to say now. */
  List<Sample> of(WatchedQueues queues, @Nullable BrokerHealth health, long nowNanos) {
    var samples = new ArrayList<Sample>(10 * queues.size());
    Map<QueueId, Map<ServedMetric, SeriesKey>> used = HashMap.newHashMap(queues.size());
    for (String vhost : queues.vhosts()) {
      queues.of(vhost).forEach((queue, model) -> model.samples(sink(queue, used, samples)));
    }
    queues
        .incomplete()
        .forEach((pattern, reason) ->
            QueueModel.unknown(
                reason,
                sink(new QueueId(pattern.vhost(), pattern.pattern()), used, samples),
                nowNanos));
    series = used;
    if (hasHealth) {
      add(health, samples, nowNanos);
    }
    return samples;
  }

  private QueueModel.Sink sink(
      QueueId queue, Map<QueueId, Map<ServedMetric, SeriesKey>> used, List<Sample> samples) {
    Map<ServedMetric, SeriesKey> known = series.get(queue);
    Map<ServedMetric, SeriesKey> keys = known == null ? new EnumMap<>(ServedMetric.class) : known;
    used.put(queue, keys);
    return (metric, value, observedAtNanos) ->
        samples.add(
            new Sample(
                keys.computeIfAbsent(metric, it -> series(it, queue)), value, observedAtNanos));
  }

  private SeriesKey series(ServedMetric metric, QueueId queue) {
    return new SeriesKey(
        metric.metricName(),
        Labels.of("broker", broker, "vhost", queue.vhostLabel(), "queue", queue.queue()));
  }

  private void add(@Nullable BrokerHealth health, List<Sample> samples, long nowNanos) {
    Labels labels = Labels.of("broker", broker);
    BiConsumer<ServedMetric, OptionalInt> add =
        (metric, count) ->
            samples.add(
                new Sample(
                    new SeriesKey(metric.metricName(), labels),
                    count.isPresent()
                        ? SampleValue.exact(count.getAsInt())
                        : SampleValue.unknown(UnknownReason.NOT_REPORTED),
                    nowNanos));
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
