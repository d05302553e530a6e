package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.exporter.rabbitmq.stats.BrokerStats;
import io.gpuscaling.exporter.rabbitmq.stats.CounterView;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView;
import io.gpuscaling.exporter.rabbitmq.stats.ManagementView.VhostTotals;
import io.gpuscaling.exporter.rabbitmq.stats.QueueCounters;
import io.gpuscaling.exporter.rabbitmq.stats.QueueFacts;
import io.gpuscaling.exporter.rabbitmq.stats.QueueKind;
import io.gpuscaling.exporter.rabbitmq.stats.QueueTotals;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one queue besides the answer to a passive declare.
 *
 * @param counters its counters; null when there are none that are whole
 * @param publishedMeanwhile what they had counted more when they were read again, after the
 *     declare; 0 when they were not
 * @param totals its totals; null when they are not known
 * @param noTotals why they are not
 * @param totalsAtNanos when they were asked for
 * @param facts what seldom changes; null when it is not known
 * @param isAlarmed whether the broker blocks publishers
 */
record QueueEvidence(
    @Nullable Counted counters,
    long publishedMeanwhile,
    @Nullable QueueTotals totals,
    UnknownReason noTotals,
    long totalsAtNanos,
    @Nullable QueueFacts facts,
    boolean isAlarmed) {

  /** Counters of a queue, and where and when they were read. */
  record Counted(QueueCounters counters, CounterView.Origin origin, long atNanos) {}

  /** Nothing but passive declares. */
  static final QueueEvidence NONE =
      new QueueEvidence(null, 0, null, UnknownReason.NOT_REPORTED, 0, null, false);

  static QueueEvidence of(QueueId queue, BrokerStats.View view) {
    return of(queue, view, null);
  }

  /**
   * What a view says of a queue.
   *
   * @param again counters that were read after the declare; null when they were not
   */
  static QueueEvidence of(QueueId queue, BrokerStats.View view, @Nullable CounterView again) {
    CounterView counters = view.counters();
    ManagementView said = view.management();
    QueueTotals totals = null;
    UnknownReason why = UnknownReason.NOT_REPORTED;
    long atNanos = 0;
    switch (said.vhosts().get(queue.vhost())) {
      case null -> why = UnknownReason.STARTING;
      case VhostTotals.Unknown(UnknownReason reason) -> why = reason;
      case VhostTotals.Known(long at, var queues) -> {
        totals = queues.get(queue.queue());
        atNanos = at;
      }
    }
    return new QueueEvidence(
        counters == null || !counters.isComplete()
            ? null
            : new Counted(counters.of(queue), counters.origin(), counters.atNanos()),
        counters == null || again == null || again.origin() != counters.origin()
            ? 0
            : Math.max(0, again.of(queue).published() - counters.of(queue).published()),
        totals,
        why,
        atNanos,
        said.facts().get(queue),
        said.health() != null && said.health().alarms() > 0);
  }

  QueueKind kind() {
    if (totals != null && totals.kind() != QueueKind.UNKNOWN) {
      return totals.kind();
    }
    return facts == null ? QueueKind.UNKNOWN : facts.kind();
  }
}
