package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.util.List;

/**
 * The counters of one broker node at one instant.
 *
 * @param node its name, as it gives it itself
 * @param majorVersion of RabbitMQ; 0 when it does not say
 * @param uptimeSeconds since its start; NaN when it does not say
 * @param readings in no particular order
 */
record CounterScrape(String node, int majorVersion, double uptimeSeconds, List<Reading> readings) {

  /**
   * One counter.
   *
   * @param key tells it from all others of the node
   * @param queue whose it is
   * @param value 0 or more
   */
  record Reading(Object key, QueueId queue, CounterKind kind, long value) {}
}
