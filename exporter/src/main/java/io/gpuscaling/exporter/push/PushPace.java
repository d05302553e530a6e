package io.gpuscaling.exporter.push;

import java.time.Duration;

/**
 * When a stream tells something, apart from changes, which are told at once: heartbeats, and whole
 * snapshots. Instants are nanoseconds of one {@link io.gpuscaling.core.time.Ticker}. Pure; for use
 * by one thread.
 */
final class PushPace {

  /**
   * A source that observes the same again is told at most so often; the adapter's limits are ten
   * times as long.
   */
  static final Duration QUIET_INTERVAL = Duration.ofSeconds(1);

  /** Between two looks at what has changed: changes that come within it are told together. */
  static final Duration COALESCE = Duration.ofMillis(10);

  /** Whole snapshots mend what no rule foresaw. */
  static final Duration FULL_INTERVAL = Duration.ofMinutes(5);

  /** An adapter that asks for whole snapshots again and again gets them no faster. */
  static final Duration MIN_FULL_INTERVAL = Duration.ofSeconds(1);

  /** The range of heartbeats that an adapter may ask for. */
  static final Duration MIN_HEARTBEAT = Duration.ofMillis(100);

  static final Duration MAX_HEARTBEAT = Duration.ofSeconds(10);

  private final long heartbeatNanos;
  private final long quietNanos;
  private long lookedAtNanos;
  private long sentAtNanos;
  private long fullAtNanos;
  private boolean heartbeatHeldBack;

  /**
   * A pace whose first whole snapshot is due at once.
   *
   * @param idleTimeoutMillis the silence that the adapter allows, unsigned; 0 when it does not say
   */
  PushPace(long nowNanos, int idleTimeoutMillis) {
    Duration third = Duration.ofMillis(Integer.toUnsignedLong(idleTimeoutMillis) / 3);
    Duration heartbeat =
        idleTimeoutMillis == 0 || third.compareTo(MAX_HEARTBEAT) > 0
            ? MAX_HEARTBEAT
            : third.compareTo(MIN_HEARTBEAT) < 0 ? MIN_HEARTBEAT : third;
    this.heartbeatNanos = heartbeat.toNanos();
    this.quietNanos = Math.min(heartbeatNanos, QUIET_INTERVAL.toNanos());
    this.lookedAtNanos = nowNanos - COALESCE.toNanos();
    this.sentAtNanos = nowNanos;
    this.fullAtNanos = nowNanos - MIN_FULL_INTERVAL.toNanos();
  }

  /** How long nothing need be told if nothing changes; 0 or less when something is due. */
  long nanosUntilDue(long nowNanos, boolean snapshotWanted) {
    long silent = (heartbeatHeldBack ? quietNanos : heartbeatNanos) - (nowNanos - sentAtNanos);
    Duration full = snapshotWanted ? MIN_FULL_INTERVAL : FULL_INTERVAL;
    return Math.min(silent, full.toNanos() - (nowNanos - fullAtNanos));
  }

  /**
   * How long a change is to wait for others: not at all when the last look was long ago, since most
   * come alone; 0 or less then.
   */
  long nanosUntilLook(long nowNanos) {
    return COALESCE.toNanos() - (nowNanos - lookedAtNanos);
  }

  /** Notes that what has changed is looked at. */
  void looked(long nowNanos) {
    lookedAtNanos = nowNanos;
  }

  /** Whether what is told now must be a whole snapshot. */
  boolean isFullDue(long nowNanos, boolean snapshotWanted) {
    Duration full = snapshotWanted ? MIN_FULL_INTERVAL : FULL_INTERVAL;
    return nowNanos - fullAtNanos >= full.toNanos();
  }

  /**
   * Whether a message without a change may be sent now. If not, it is held back: one is due soon.
   */
  boolean mayHeartbeat(long nowNanos) {
    heartbeatHeldBack = nowNanos - sentAtNanos < quietNanos;
    return !heartbeatHeldBack;
  }

  /** Notes what was sent. */
  void sent(long nowNanos, boolean full) {
    sentAtNanos = nowNanos;
    heartbeatHeldBack = false;
    if (full) {
      fullAtNanos = nowNanos;
    }
  }
}
