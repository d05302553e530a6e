package io.gpuscaling.adapter.policy;

/**
 * Limits the writes that only people read, over all policies: so many at once, then so many a
 * second. For one thread.
 */
final class WriteBudget {

  /** At once; a small installation never waits. */
  private static final int BURST = 50;

  /** Then one in this time, however many policies there are: etcd is the cluster's, not ours. */
  private static final long NANOS_PER_WRITE = 1_000_000_000L;

  private int left = BURST;
  private long refilledNanos;

  WriteBudget(long nowNanos) {
    this.refilledNanos = nowNanos;
  }

  /** Takes a turn, if there is one. */
  boolean take(long nowNanos) {
    long earned = (nowNanos - refilledNanos) / NANOS_PER_WRITE;
    if (earned > 0) {
      left = (int) Math.min(BURST, left + earned);
      refilledNanos += earned * NANOS_PER_WRITE;
    }
    if (left == 0) {
      return false;
    }
    left--;
    return true;
  }
}
