package io.gpuscaling.exporter.lease;

/** How a task ended. */
enum TaskOutcome {
  /** It did its work. */
  OK,
  /** It did not. */
  FAILED,
  /** Somebody called it off. */
  CANCELLED,
  /** Its lease ran out: the worker was killed or lost. */
  EXPIRED,
  /** The worker closed its session or did not say. */
  UNKNOWN
}
