package io.gpuscaling.exporter.rabbitmq.stats;

import java.util.OptionalLong;

/**
 * What the management API says of a queue now. What it leaves out is unknown.
 *
 * @param kind of the queue
 * @param hasLeader whether it has a node that leads it, with a majority of its members online
 * @param isRunning whether its state is {@code running}
 * @param isExclusive whether it belongs to one connection
 * @param ready messages that wait
 * @param unacked messages with consumers
 * @param messages both, at the same instant
 */
public record QueueTotals(
    QueueKind kind,
    boolean hasLeader,
    boolean isRunning,
    boolean isExclusive,
    OptionalLong ready,
    OptionalLong unacked,
    OptionalLong messages) {}
