package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.util.Map;

/**
 * The counters of a broker's queues, since the exporter started. Immutable.
 *
 * @param origin where they come from
 * @param atNanos all that was counted until then is among them
 * @param isComplete whether all nodes of the broker that run have said theirs
 * @param totals by queue; one that is not there has counted nothing
 */
public record CounterView(
    Origin origin, long atNanos, boolean isComplete, Map<QueueId, QueueCounters> totals) {

  /** Where counters come from. */
  public enum Origin {
    /** The Prometheus pages of the nodes: as they are when they are asked for. */
    PROMETHEUS,
    /** The management API: some seconds old. */
    MANAGEMENT
  }

  /** Copies the map. */
  public CounterView {
    totals = Map.copyOf(totals);
  }

  /** Those of one queue. */
  public QueueCounters of(QueueId queue) {
    return totals.getOrDefault(queue, QueueCounters.NONE);
  }
}
