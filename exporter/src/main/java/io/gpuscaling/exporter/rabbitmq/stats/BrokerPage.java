package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.exposition.ExpositionLimits;
import io.gpuscaling.core.exposition.ExpositionReader;
import io.gpuscaling.core.exposition.ExpositionResult;
import io.gpuscaling.core.exposition.ExpositionSample;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the page {@code /metrics/detailed} of the plugin rabbitmq_prometheus says. Names and labels
 * are those of its collector {@code prometheus_rabbitmq_core_metrics_collector.erl}, RabbitMQ 3.10
 * to 4.3: before 4.0 a queue's counters are by channel, from 4.0 on by queue too, and those count.
 */
sealed interface BrokerPage {

  /** It was read as a whole. */
  record Read(CounterScrape counters) implements BrokerPage {}

  /** Nothing of it may be used. */
  record Refused(String why) implements BrokerPage {}

  /** The families that are asked for; a broker leaves out those that it does not know. */
  List<String> FAMILIES =
      List.of(
          "node_metrics",
          "channel_queue_metrics",
          "channel_queue_exchange_metrics",
          "queue_delivery_metrics",
          "queue_exchange_metrics");

  /** The first version with counters by queue. */
  int FIRST_BY_QUEUE = 4;

  Map<String, CounterKind> BY_CHANNEL =
      Map.of(
          "rabbitmq_detailed_queue_messages_published_total", CounterKind.PUBLISHED,
          "rabbitmq_detailed_channel_messages_delivered_ack_total", CounterKind.DELIVERED,
          "rabbitmq_detailed_channel_messages_delivered_total", CounterKind.DELIVERED,
          "rabbitmq_detailed_channel_get_ack_total", CounterKind.DELIVERED,
          "rabbitmq_detailed_channel_get_total", CounterKind.DELIVERED,
          "rabbitmq_detailed_channel_messages_acked_total", CounterKind.ACKNOWLEDGED,
          "rabbitmq_detailed_channel_messages_redelivered_total", CounterKind.REDELIVERED);

  /** Messages that are delivered without acknowledgement count as acknowledged too. */
  Map<String, CounterKind> NEEDS_NO_ACK =
      Map.of(
          "rabbitmq_detailed_channel_messages_delivered_total", CounterKind.ACKNOWLEDGED,
          "rabbitmq_detailed_channel_get_total", CounterKind.ACKNOWLEDGED,
          "rabbitmq_detailed_queue_messages_delivered_total", CounterKind.ACKNOWLEDGED,
          "rabbitmq_detailed_queue_get_total", CounterKind.ACKNOWLEDGED);

  Map<String, CounterKind> BY_QUEUE =
      Map.of(
          "rabbitmq_detailed_queue_exchange_messages_published_total", CounterKind.PUBLISHED,
          "rabbitmq_detailed_queue_messages_delivered_ack_total", CounterKind.DELIVERED,
          "rabbitmq_detailed_queue_messages_delivered_total", CounterKind.DELIVERED,
          "rabbitmq_detailed_queue_get_ack_total", CounterKind.DELIVERED,
          "rabbitmq_detailed_queue_get_total", CounterKind.DELIVERED,
          "rabbitmq_detailed_queue_messages_acked_total", CounterKind.ACKNOWLEDGED,
          "rabbitmq_detailed_queue_messages_redelivered_total", CounterKind.REDELIVERED);

  /** Reads a page. A page that is cut or has a bad line is refused: a counter could be missing. */
  static BrokerPage read(byte[] page) {
    return switch (new ExpositionReader(ExpositionLimits.DEFAULT).read(page)) {
      case ExpositionResult.Refused(var reason, int line) ->
          new Refused("its Prometheus page: " + reason.label() + " at line " + line);
      case ExpositionResult.Page read when read.cut() || read.counts().skippedLines() > 0 ->
          new Refused("its Prometheus page is cut or has lines that cannot be read");
      case ExpositionResult.Page read -> read(read.samples());
    };
  }

  private static BrokerPage read(List<ExpositionSample> samples) {
    String node = "";
    int version = 0;
    double uptimeSeconds = Double.NaN;
    for (ExpositionSample sample : samples) {
      switch (sample.name()) {
        case "rabbitmq_identity_info" -> node = sample.label("rabbitmq_node");
        case "rabbitmq_build_info" -> version = majorVersion(sample.label("rabbitmq_version"));
        case "rabbitmq_detailed_erlang_uptime_seconds" -> uptimeSeconds = sample.value();
        default -> {}
      }
    }
    if (node.isEmpty()) {
      return new Refused("its Prometheus page names no RabbitMQ node");
    }
    Map<String, CounterKind> names = version >= FIRST_BY_QUEUE ? BY_QUEUE : BY_CHANNEL;
    List<CounterScrape.Reading> readings = new ArrayList<>();
    Map<String, String> same = new HashMap<>();
    for (ExpositionSample sample : samples) {
      CounterKind kind = names.get(sample.name());
      if (kind != null && isCount(sample.value()) && QueueId.isValid(sample.label("queue"))) {
        QueueId queue = queue(sample, same);
        long value = (long) sample.value();
        readings.add(new CounterScrape.Reading(sample.series(), queue, kind, value));
        CounterKind also = NEEDS_NO_ACK.get(sample.name());
        if (also != null) {
          readings.add(
              new CounterScrape.Reading(List.of(sample.series(), also), queue, also, value));
        }
      }
    }
    return new Read(new CounterScrape(node, version, uptimeSeconds, readings));
  }

  private static QueueId queue(ExpositionSample sample, Map<String, String> same) {
    String vhost = sample.label("queue_vhost");
    return new QueueId(
        intern(vhost.isEmpty() ? sample.label("vhost") : vhost, same),
        intern(sample.label("queue"), same));
  }

  private static String intern(String text, Map<String, String> same) {
    return same.computeIfAbsent(text, it -> it);
  }

  private static boolean isCount(double value) {
    return value >= 0 && value < 1e15;
  }

  private static int majorVersion(String version) {
    int dot = version.indexOf('.');
    String major = dot < 0 ? version : version.substring(0, dot);
    return major.matches("\\d{1,4}") ? Integer.parseInt(major) : 0;
  }
}
