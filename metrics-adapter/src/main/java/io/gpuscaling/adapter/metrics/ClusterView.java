package io.gpuscaling.adapter.metrics;

/** Where {@link ServedMetrics} takes the cluster's objects from. Safe for use by any thread. */
@FunctionalInterface
public interface ClusterView {

  /** What is known now: one volatile read, the same instance while nothing has changed. */
  ClusterSnapshot snapshot();
}
