package io.gpuscaling.core.logging;

/** How much of our own code's events is logged. Libraries log nothing below info. */
public enum LogLevel {
  /** What needs a person. */
  ERROR,
  /** What may need one. */
  WARN,
  /** What changed. */
  INFO,
  /** What happens. */
  DEBUG,
  /** Everything. */
  TRACE
}
