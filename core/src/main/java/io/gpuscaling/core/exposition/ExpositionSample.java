package io.gpuscaling.core.exposition;

import io.gpuscaling.core.metric.SeriesKey;

/**
 * One sample line of a page.
 *
 * @param series name and labels
 * @param value finite
 * @param timestampMillis since the epoch by the source's clock, or {@link #NO_TIMESTAMP}
 */
public record ExpositionSample(SeriesKey series, double value, long timestampMillis) {

  /** The line has none. */
  public static final long NO_TIMESTAMP = Long.MIN_VALUE;

  /** The metric name. */
  public String name() {
    return series.metric();
  }

  /** The value of a label, or the empty text when the series does not have it. */
  public String label(String name) {
    return series.labels().getOrEmpty(name);
  }
}
