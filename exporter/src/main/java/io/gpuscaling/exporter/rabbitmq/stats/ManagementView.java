package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the management API has said last. Immutable.
 *
 * @param vhosts the totals of each vhost
 * @param facts by queue, as long as they were ever read
 * @param health of the nodes; null when it was never read or is too old
 * @param counters of the queues; null when they are not needed or not had
 */
public record ManagementView(
    Map<String, VhostTotals> vhosts,
    Map<QueueId, QueueFacts> facts,
    @Nullable BrokerHealth health,
    @Nullable CounterView counters) {

  /** The broker collects statistics each 5 s: what it says of quorum queues may be so old. */
  public static final Duration COLLECTION_INTERVAL = Duration.ofSeconds(5);

  /** Nothing yet. */
  public static final ManagementView EMPTY = new ManagementView(Map.of(), Map.of(), null, null);

  /** Copies the maps. */
  public ManagementView {
    vhosts = Map.copyOf(vhosts);
    facts = Map.copyOf(facts);
  }

  /** What is known of the totals of one vhost. */
  public sealed interface VhostTotals {

    /**
     * They were read.
     *
     * @param atNanos when they were asked for
     * @param queues by name
     */
    record Known(long atNanos, Map<String, QueueTotals> queues) implements VhostTotals {

      /** Copies the map. */
      public Known {
        queues = Map.copyOf(queues);
      }
    }

    /** They could not be read. */
    record Unknown(UnknownReason reason) implements VhostTotals {}
  }
}
