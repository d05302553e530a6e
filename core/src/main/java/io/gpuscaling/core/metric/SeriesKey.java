package io.gpuscaling.core.metric;

/**
 * What makes a series: metric name and label set. Where a value comes from and how exact it is are
 * attributes of the sample, never part of this identity.
 *
 * @param metric a Prometheus metric name
 * @param labels the label set
 */
public record SeriesKey(String metric, Labels labels) {

  @Override
  public String toString() {
    return metric + labels;
  }
}
