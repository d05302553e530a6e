package io.gpuscaling.exporter.rabbitmq.stats;

/**
 * What seldom changes about a queue: its arguments and the policy that applies to it.
 *
 * @param kind of the queue
 * @param hasPriorities whether messages overtake each other by priority
 * @param hasDeliveryLimit whether a message is given up after some deliveries
 * @param rejectsPublishes whether publishes are counted that never enter the full queue
 */
public record QueueFacts(
    QueueKind kind, boolean hasPriorities, boolean hasDeliveryLimit, boolean rejectsPublishes) {}
