package io.gpuscaling.policy.engine;

/** What one rule has found. */
public enum Finding {
  /** Enough data points breach the up threshold: it asks for more. */
  UP,
  /** Enough data points breach the down threshold: it would agree to fewer. */
  DOWN,
  /** Neither. */
  WITHIN,
  /** It would agree to fewer, but this evaluation has no data point that proves it. */
  NOT_FRESH,
  /** No evaluation within its window has a data point. */
  UNKNOWN
}
