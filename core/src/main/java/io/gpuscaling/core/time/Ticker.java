package io.gpuscaling.core.time;

/**
 * A clock for durations: nanoseconds since an arbitrary instant, never going back. Compare two
 * readings by their difference ({@code a - b >= 0}), since the value may overflow. Safe for use by
 * any thread.
 */
@FunctionalInterface
public interface Ticker {

  /** Now, in nanoseconds. */
  long nanos();

  /** The clock of this machine. */
  @SuppressWarnings("checkstyle:clock") // the one place that reads it
  static Ticker system() {
    return System::nanoTime;
  }
}
