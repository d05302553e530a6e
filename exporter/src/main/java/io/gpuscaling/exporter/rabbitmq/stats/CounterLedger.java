package io.gpuscaling.exporter.rabbitmq.stats;

import io.gpuscaling.exporter.rabbitmq.QueueId;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Makes one growing total for each queue out of counters that come and go: those of channels (all
 * there is before RabbitMQ 4) vanish seconds after their channel, all begin anew with a node. What
 * is seen for the first time counts from 0 when its node has been seen before, and not at all when
 * it has not: that happened before the ledger was opened. A value that falls has begun anew. Keeps
 * the last value of each counter that is on the newest page of its node, and the totals of watched
 * queues only. Not for several threads.
 */
final class CounterLedger {

  private final Predicate<QueueId> isWatched;
  private final Map<String, Node> nodes = new HashMap<>();
  private final Map<QueueId, QueueCounters> totals = new HashMap<>();

  CounterLedger(Predicate<QueueId> isWatched) {
    this.isWatched = isWatched;
  }

  private record Node(Map<Object, Long> values, double uptimeSeconds, long atNanos) {}

  /** Adds what a node has counted since it was seen last. */
  void take(CounterScrape scrape, long atNanos) {
    Node before = nodes.get(scrape.node());
    boolean isRestarted = before != null && scrape.uptimeSeconds() < before.uptimeSeconds();
    Map<Object, Long> values = new HashMap<>();
    for (CounterScrape.Reading reading : scrape.readings()) {
      if (!isWatched.test(reading.queue())) {
        continue;
      }
      values.put(reading.key(), reading.value());
      if (before != null) {
        Long last = isRestarted ? null : before.values().get(reading.key());
        long added =
            last == null || reading.value() < last ? reading.value() : reading.value() - last;
        if (added > 0) {
          totals.merge(
              reading.queue(),
              QueueCounters.NONE.plus(reading.kind(), added),
              (total, _) -> total.plus(reading.kind(), added));
        }
      }
    }
    nodes.put(scrape.node(), new Node(values, scrape.uptimeSeconds(), atNanos));
  }

  /** Until when everything that this node counted is in the totals; null before it was seen. */
  @org.jspecify.annotations.Nullable
  Long seenAtNanos(String node) {
    Node seen = nodes.get(node);
    return seen == null ? null : seen.atNanos();
  }

  /** A copy; a queue that is not in it has counted nothing. */
  Map<QueueId, QueueCounters> totals() {
    return Map.copyOf(totals);
  }
}
