package io.gpuscaling.adapter.api;

import io.gpuscaling.adapter.api.selector.LabelSelector;

/**
 * What is asked of the custom metrics API.
 *
 * @param namespace the namespace of the objects, and of the HPA. Empty when the request has none:
 *     for kinds that live in none, and for a Namespace itself, whose name is then the namespace
 *     that asks
 * @param resource which kind
 * @param name an object's name, or {@link #ALL}
 * @param metric the metric's name, case as it came
 * @param objectSelector picks objects by their labels when {@code name} is {@link #ALL}; for a
 *     named one it selects everything
 * @param metricSelector picks series by their labels
 */
public record CustomQuery(
    String namespace,
    GroupResource resource,
    String name,
    String metric,
    LabelSelector objectSelector,
    LabelSelector metricSelector) {

  /** In place of a name: every object that the selector picks. */
  public static final String ALL = "*";

  /** Whether every selected object is asked for. */
  public boolean isForAll() {
    return name.equals(ALL);
  }
}
