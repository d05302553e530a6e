package io.gpuscaling.exporter.config;

import io.gpuscaling.exporter.rabbitmq.BrokerSettings;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import io.gpuscaling.exporter.rabbitmq.QueuePattern;
import java.util.List;

/**
 * One broker of {@code rabbitmq.brokers}.
 *
 * @param broker how it is reached
 * @param queues by name
 * @param patterns by the form of the name
 */
record BrokerEntry(BrokerSettings broker, List<QueueId> queues, List<QueuePattern> patterns) {

  /** Copies the lists. */
  BrokerEntry {
    queues = List.copyOf(queues);
    patterns = List.copyOf(patterns);
  }

  /** Without secrets: printed by {@code check-config}. */
  @Override
  public String toString() {
    return broker + ": " + queues.size() + " queues, " + patterns.size() + " patterns";
  }
}
