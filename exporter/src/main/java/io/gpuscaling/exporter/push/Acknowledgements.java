package io.gpuscaling.exporter.push;

import java.time.Duration;

/**
 * Which of what an adapter was told it has acknowledged. A transport takes messages long after an
 * application has stopped to read them: only an acknowledgement shows that somebody is there.
 * Instants are nanoseconds of one {@link io.gpuscaling.core.time.Ticker}. Pure; for use under one
 * lock.
 */
final class Acknowledgements {

  private final long timeoutNanos;
  private long told;
  private long acknowledged;
  private long owedSinceNanos;

  /**
   * Nothing was told yet.
   *
   * @param timeout for which an acknowledgement may be owed without any progress
   */
  Acknowledgements(Duration timeout) {
    this.timeoutNanos = timeout.toNanos();
  }

  /** The adapter was told everything up to a generation. */
  void told(long generation, long nowNanos) {
    if (acknowledged >= told) {
      owedSinceNanos = nowNanos;
    }
    told = generation;
  }

  /** The adapter holds everything up to a generation; an earlier one that comes late says less. */
  void acknowledged(long generation, long nowNanos) {
    if (generation > acknowledged) {
      acknowledged = generation;
      owedSinceNanos = nowNanos;
    }
  }

  /** Whether the adapter has owed an acknowledgement for too long. */
  boolean isOverdue(long nowNanos) {
    return acknowledged < told && nowNanos - owedSinceNanos > timeoutNanos;
  }
}
