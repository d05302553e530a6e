package io.gpuscaling.policy.spec;

import java.util.Map;

/** What a rule observes. {@code name} is the metric's own, and the column of a replayed file. */
public sealed interface MetricRef {

  /** The name of the metric, without selector. */
  String name();

  /**
   * Series of this system, as the external metrics API would select them.
   *
   * @param matchLabels equal labels; may be empty
   */
  record Series(String name, Map<String, String> matchLabels) implements MetricRef {
    /** Copies. */
    public Series {
      matchLabels = Map.copyOf(matchLabels);
    }
  }

  /** A metric of the scale target itself, as the custom metrics API would answer. */
  record OfTarget(String name) implements MetricRef {}

  /**
   * The average utilization of the target's pods in percent of their requests, as an HPA with a
   * Resource metric computes it.
   */
  record Utilization(String name, Resource resource) implements MetricRef {}

  /**
   * The result of a PromQL text that the administrator has written and named.
   *
   * @param query the name under which it is granted
   */
  record Query(String name, String query) implements MetricRef {}

  /** A resource of pods. */
  enum Resource {
    CPU,
    MEMORY
  }
}
