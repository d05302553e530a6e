package io.gpuscaling.adapter.api;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import java.time.Duration;

/**
 * One value of an external metric; the HPA adds up all that it gets.
 *
 * @param labels the labels that a metric selector can pick it by; no two items of an answer have
 *     the same
 * @param value finite, in the unit of the metric's name
 * @param age how long ago it was observed at its source, not negative
 * @param exactness how the value stands to the true one; the metrics APIs cannot say it
 */
public record ExternalItem(Labels labels, double value, Duration age, Exactness exactness) {

  /** One whose value is the true one. */
  public ExternalItem(Labels labels, double value, Duration age) {
    this(labels, value, age, Exactness.EXACT);
  }
}
