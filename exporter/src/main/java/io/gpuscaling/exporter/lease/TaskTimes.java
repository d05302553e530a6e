package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.TimeBuckets;
import io.gpuscaling.core.time.Ticker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How long the tasks of the last minutes ran and had waited: counts by pod, queue, class and
 * bucket, which adapters add up over nodes. A time counts for {@link TimeBuckets#WINDOW}, and a
 * tenth of it longer at most. Not safe for use by several threads.
 */
final class TaskTimes {

  private static final int SLOTS = 10;
  private static final long SLOT_NANOS = TimeBuckets.WINDOW.toNanos() / SLOTS;

  private final Ticker ticker;
  private final Map<SeriesKey, Long> totals = new HashMap<>();

  /** Oldest first. */
  private final Deque<Slot> slots = new ArrayDeque<>();

  private List<Sample> samples = List.of();
  private boolean changed;
  private long dropped;

  /** What came within a tenth of the window. */
  private record Slot(long beganAtNanos, Map<SeriesKey, Long> counts) {}

  TaskTimes(Ticker ticker) {
    this.ticker = ticker;
  }

  /** A task ended well that had run for so long. */
  void ran(PodIdentity pod, RunningTask task, double seconds) {
    add(TimeBuckets.DURATION_COUNTS, pod, task, seconds);
  }

  /** A task began that had waited for so long. */
  void waited(PodIdentity pod, RunningTask task, double seconds) {
    add(TimeBuckets.WAIT_COUNTS, pod, task, seconds);
  }

  private void add(String metric, PodIdentity pod, RunningTask task, double seconds) {
    forget();
    String bucket = Integer.toString(TimeBuckets.of(seconds));
    Labels base =
        Labels.of("namespace", pod.namespace(), "pod", pod.name(), TimeBuckets.LABEL, bucket);
    var key = new SeriesKey(metric, new TaskGroup(task.queue(), task.taskClass()).labels(base));
    if (!totals.containsKey(key) && totals.size() >= LeaseLimits.MAX_TIME_SERIES) {
      dropped++;
      return;
    }
    long now = ticker.nanos();
    if (slots.isEmpty() || now - slots.getLast().beganAtNanos() >= SLOT_NANOS) {
      slots.addLast(new Slot(now, new HashMap<>()));
    }
    slots.getLast().counts().merge(key, 1L, Long::sum);
    totals.merge(key, 1L, Long::sum);
    changed = true;
  }

  /**
   * Forgets what is too old.
   *
   * @return whether anything was
   */
  boolean forget() {
    long oldest = ticker.nanos() - TimeBuckets.WINDOW.toNanos() - SLOT_NANOS;
    boolean any = false;
    while (!slots.isEmpty() && slots.getFirst().beganAtNanos() - oldest <= 0) {
      slots
          .removeFirst()
          .counts()
          .forEach((key, count) ->
              totals.computeIfPresent(key, (_, total) -> total > count ? total - count : null));
      any = true;
    }
    changed |= any;
    return any;
  }

  /** The counts that are not zero. */
  List<Sample> samples() {
    forget();
    if (changed) {
      changed = false;
      long now = ticker.nanos();
      List<Sample> counts = new ArrayList<>(totals.size());
      totals.forEach((key, count) -> counts.add(new Sample(key, SampleValue.exact(count), now)));
      samples = counts;
    }
    return samples;
  }

  /** Times that were not counted because there were too many different series. */
  long dropped() {
    return dropped;
  }
}
