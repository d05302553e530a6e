package io.gpuscaling.exporter.rabbitmq.stats;

/**
 * What has happened to a queue since some fixed instant, as far as it was counted.
 *
 * @param published messages that were published to it over AMQP 0-9-1
 * @param delivered messages that consumers got, again and again included
 * @param acknowledged messages that consumers acknowledged
 * @param redelivered messages that consumers got again
 */
public record QueueCounters(long published, long delivered, long acknowledged, long redelivered) {

  /** Nothing yet. */
  public static final QueueCounters NONE = new QueueCounters(0, 0, 0, 0);

  QueueCounters plus(CounterKind kind, long count) {
    return switch (kind) {
      case PUBLISHED -> new QueueCounters(published + count, delivered, acknowledged, redelivered);
      case DELIVERED -> new QueueCounters(published, delivered + count, acknowledged, redelivered);
      case ACKNOWLEDGED ->
          new QueueCounters(published, delivered, acknowledged + count, redelivered);
      case REDELIVERED ->
          new QueueCounters(published, delivered, acknowledged, redelivered + count);
    };
  }

  /** Deliveries of messages that had not been delivered before. */
  public long firstDelivered() {
    return Math.max(0, delivered - redelivered);
  }

  /**
   * Messages with consumers, at most: one that was given back and not delivered again is among
   * them.
   */
  public long outstanding() {
    return Math.max(0, delivered - acknowledged);
  }
}
