package io.gpuscaling.exporter.rabbitmq.age;

/** In which order messages leave a queue. */
public enum QueueOrder {
  /** The oldest first; what consumers give back returns to its place. */
  FIRST_IN,
  /**
   * The oldest first, but what consumers give back goes to the tail: a quorum queue without a
   * delivery limit before RabbitMQ 4.
   */
  RETURNS_TO_TAIL,
  /** Messages overtake each other: priorities. */
  BY_PRIORITY
}
