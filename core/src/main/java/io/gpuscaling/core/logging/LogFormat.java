package io.gpuscaling.core.logging;

/** Form of a log line. */
public enum LogFormat {
  /** {@code time LEVEL logger message key=value}. */
  TEXT,
  /** One JSON object. */
  JSON
}
