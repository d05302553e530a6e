package io.gpuscaling.adapter.api;

import io.gpuscaling.adapter.api.selector.LabelSelector;

/**
 * What is asked of the custom metrics API.
 *
 * @param namespace the namespace of the objects; empty for a kind without namespaces. For the
 *     object that is itself a Namespace it is empty and the name is the namespace
 * @param resource which kind
 * @param name an object's name, or {@link #ALL}
 * @param metric the metric's name, case as it came
 * @param objectSelector picks objects by their labels when {@code name} is {@link #ALL}; must
 *     otherwise hold for the named one too
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
