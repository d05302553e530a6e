package io.gpuscaling.core.exposition;

import io.gpuscaling.core.metric.ServedMetric;

/**
 * What a page says about all series of one name.
 *
 * @param name the metric name
 * @param type {@link FamilyType#UNTYPED} when the page does not say
 * @param help for people; empty when the page does not say
 */
public record FamilyHeader(String name, FamilyType type, String help) {

  /** The header of a metric that this system serves: all are gauges. */
  public static FamilyHeader of(ServedMetric metric) {
    return new FamilyHeader(metric.metricName(), FamilyType.GAUGE, metric.help());
  }

  FamilyHeader withType(FamilyType other) {
    return new FamilyHeader(name, other, help);
  }

  FamilyHeader withHelp(String other) {
    return new FamilyHeader(name, type, other);
  }
}
