package io.gpuscaling.exporter.rabbitmq.stats;

/** What a counter counts. */
enum CounterKind {
  PUBLISHED,
  DELIVERED,
  ACKNOWLEDGED,
  REDELIVERED
}
