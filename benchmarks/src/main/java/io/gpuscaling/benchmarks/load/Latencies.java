package io.gpuscaling.benchmarks.load;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * How long things took. Keeps counts in 64 steps for each power of two of nanoseconds, so that a
 * quantile is at most 1.6 % too large. Safe for use by any thread.
 */
public final class Latencies {

  private static final int STEP_BITS = 6;
  private static final int STEPS = 1 << STEP_BITS;

  private final AtomicLongArray counts = new AtomicLongArray(STEPS * (Long.SIZE - STEP_BITS + 1));
  private final LongAdder sumNanos = new LongAdder();
  private final LongAdder count = new LongAdder();

  /** Takes one in; a negative one counts as none at all took. */
  public void add(long nanos) {
    long time = Math.max(0, nanos);
    counts.incrementAndGet(bucket(time));
    sumNanos.add(time);
    count.increment();
  }

  /** How many. */
  public long count() {
    return count.sum();
  }

  /** Their mean; zero when there are none. */
  public Duration mean() {
    long all = count();
    return Duration.ofNanos(all == 0 ? 0 : sumNanos.sum() / all);
  }

  /**
   * The time that this share of them did not exceed; zero when there are none.
   *
   * @param share 0 to 1
   */
  public Duration quantile(double share) {
    long rank = (long) Math.ceil(share * count());
    long seen = 0;
    for (int bucket = 0; bucket < counts.length(); bucket++) {
      seen += counts.get(bucket);
      if (seen >= rank && seen > 0) {
        return Duration.ofNanos(highest(bucket));
      }
    }
    return Duration.ZERO;
  }

  private static int bucket(long nanos) {
    int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(nanos) - STEP_BITS - 1);
    return (shift << STEP_BITS) + (int) (nanos >>> shift);
  }

  /** The largest time of a bucket. */
  private static long highest(int bucket) {
    if (bucket < 2 * STEPS) {
      return bucket;
    }
    int shift = (bucket >> STEP_BITS) - 1;
    long steps = bucket - ((long) shift << STEP_BITS);
    return ((steps + 1) << shift) - 1;
  }
}
