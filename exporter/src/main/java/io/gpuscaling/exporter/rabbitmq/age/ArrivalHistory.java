package io.gpuscaling.exporter.rabbitmq.age;

import java.util.Arrays;

/**
 * When the n-th message arrived, for n counted from the first look: steps of a counter, each with
 * the look before it rose and the look that saw it. Holds at most {@link #MAX_STEPS} steps (6 KiB);
 * when full, neighbours become one as long as the step stays short against its age, so that what
 * was exact becomes a somewhat higher age and never a lower one. Not for several threads.
 */
final class ArrivalHistory {

  /** Of one queue. */
  static final int MAX_STEPS = 256;

  /** How long a step that was put together may be against its age, at first. */
  static final double MAX_SPREAD = 1.0 / 16;

  private static final int FIRST_STEPS = 8;

  private long[] counts = new long[FIRST_STEPS];
  private long[] fromNanos = new long[FIRST_STEPS];
  private long[] toNanos = new long[FIRST_STEPS];
  private int size;

  /** The arrival of one message lies after {@code fromNanos} and not after {@code toNanos}. */
  record Bracket(long fromNanos, long toNanos) {}

  /** So many messages had arrived by {@code toNanos}, fewer by {@code fromNanos}. */
  void add(long count, long fromNanosOfStep, long toNanosOfStep) {
    if (size == MAX_STEPS) {
      thin(toNanosOfStep);
    }
    if (size == counts.length) {
      int longer = Math.min(2 * size, MAX_STEPS);
      counts = Arrays.copyOf(counts, longer);
      fromNanos = Arrays.copyOf(fromNanos, longer);
      toNanos = Arrays.copyOf(toNanos, longer);
    }
    counts[size] = count;
    fromNanos[size] = fromNanosOfStep;
    toNanos[size] = toNanosOfStep;
    size++;
  }

  /** Takes back the steps that began then or later; one that spans them all must follow. */
  void forgetSince(long nanos) {
    while (size > 0 && fromNanos[size - 1] - nanos >= 0) {
      size--;
    }
  }

  /** When the message of this number arrived; it must be one of those counted: 1 to the count. */
  Bracket arrivalOf(long number) {
    int found = Arrays.binarySearch(counts, 0, size, number);
    int step = found < 0 ? -found - 1 : found;
    return new Bracket(fromNanos[step], toNanos[step]);
  }

  int size() {
    return size;
  }

  /** Puts neighbours together, the spread growing until an eighth of the room is free. */
  private void thin(long nowNanos) {
    for (double spread = MAX_SPREAD; size > MAX_STEPS - MAX_STEPS / 8; spread *= 2) {
      int kept = 0;
      for (int i = 1; i < size; i++) {
        double longest = spread * (nowNanos - toNanos[i]);
        if (toNanos[i] - fromNanos[kept] <= longest) {
          counts[kept] = counts[i];
          toNanos[kept] = toNanos[i];
        } else {
          kept++;
          counts[kept] = counts[i];
          fromNanos[kept] = fromNanos[i];
          toNanos[kept] = toNanos[i];
        }
      }
      size = kept + 1;
    }
  }
}
