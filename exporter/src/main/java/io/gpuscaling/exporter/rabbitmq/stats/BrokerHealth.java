package io.gpuscaling.exporter.rabbitmq.stats;

import java.util.List;
import java.util.OptionalInt;
import java.util.SortedSet;

/**
 * How a broker's nodes stand.
 *
 * @param alarms alarms in effect, memory and disk, summed over the nodes; publishers are blocked
 *     while there is one
 * @param partitions nodes that some node believes to be cut off, summed over the nodes
 * @param nodesDown members of the cluster that do not run
 * @param running names of those that run
 * @param blockedConnections connections of publishers that the broker does not read from
 */
public record BrokerHealth(
    int alarms,
    int partitions,
    int nodesDown,
    List<String> running,
    OptionalInt blockedConnections) {

  /** Copies the list. */
  public BrokerHealth {
    running = List.copyOf(running);
  }

  BrokerHealth with(OptionalInt blocked) {
    return new BrokerHealth(alarms, partitions, nodesDown, running, blocked);
  }

  /** Whether all of them are among these. */
  boolean isCoveredBy(SortedSet<String> nodes) {
    return nodes.containsAll(running);
  }
}
