package io.gpuscaling.adapter.api;

import java.util.List;

/**
 * Which metrics exist, for discovery. What is not in it may be asked for nevertheless.
 *
 * @param external names of external metrics
 * @param custom custom metrics
 */
public record MetricCatalogue(List<String> external, List<CustomMetric> custom) {

  /** No metric at all. */
  public static final MetricCatalogue EMPTY = new MetricCatalogue(List.of(), List.of());

  /** Copies the lists. */
  public MetricCatalogue {
    external = List.copyOf(external);
    custom = List.copyOf(custom);
  }

  /**
   * A metric of a kind of objects.
   *
   * @param resource the kind
   * @param isNamespaced whether objects of the kind live in namespaces
   * @param metric its name
   */
  public record CustomMetric(GroupResource resource, boolean isNamespaced, String metric) {}
}
