package io.gpuscaling.core.metric;

/** How a value stands to the true one. */
public enum Exactness {
  /** It is the true one, as of its observation. */
  EXACT,
  /** It may be off either way. */
  ESTIMATE,
  /** The true one is at least this: it may breach an up threshold, never a down one. */
  LOWER_BOUND,
  /** The true one is at most this: it may breach a down threshold, never an up one. */
  UPPER_BOUND
}
