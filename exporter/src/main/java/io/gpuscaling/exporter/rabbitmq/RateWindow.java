package io.gpuscaling.exporter.rabbitmq;

import io.gpuscaling.exporter.rabbitmq.stats.QueueCounters;
import java.util.ArrayDeque;
import java.util.OptionalDouble;
import java.util.function.ToLongFunction;

/**
 * Rates of one queue over the last half minute, from counters. At most {@link #MAX_POINTS} points.
 * Not for several threads.
 */
final class RateWindow {

  private static final long SECOND = 1_000_000_000L;

  /** Over which a rate is computed. */
  static final long SPAN_NANOS = 30 * SECOND;

  /** Over less no rate is told: one message would be a high one. */
  static final long LEAST_SPAN_NANOS = 5 * SECOND;

  private static final long STEP_NANOS = SECOND;
  private static final int MAX_POINTS = (int) (SPAN_NANOS / STEP_NANOS) + 2;

  private record Point(long atNanos, QueueCounters counters) {}

  private final ArrayDeque<Point> points = new ArrayDeque<>();

  /** Takes counters that are younger than those before. */
  void add(long atNanos, QueueCounters counters) {
    Point last = points.peekLast();
    if (last != null && atNanos - last.atNanos() < STEP_NANOS) {
      return;
    }
    points.addLast(new Point(atNanos, counters));
    while (points.size() > MAX_POINTS
        || (points.size() > 2 && atNanos - points.getFirst().atNanos() > SPAN_NANOS)) {
      points.removeFirst();
    }
  }

  /** Forgets all: what comes next is counted otherwise. */
  void clear() {
    points.clear();
  }

  /** In messages each second; empty while too little is known. */
  OptionalDouble perSecond(ToLongFunction<QueueCounters> counter) {
    Point first = points.peekFirst();
    Point last = points.peekLast();
    if (first == null || last == null || last.atNanos() - first.atNanos() < LEAST_SPAN_NANOS) {
      return OptionalDouble.empty();
    }
    long count =
        Math.max(0, counter.applyAsLong(last.counters()) - counter.applyAsLong(first.counters()));
    return OptionalDouble.of(count * (double) SECOND / (last.atNanos() - first.atNanos()));
  }
}
