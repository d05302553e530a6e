package io.gpuscaling.adapter.pool;

import io.gpuscaling.adapter.metrics.ServedMetrics.GpuFitness;
import java.util.Optional;

/** What exporters say of the GPUs of nodes, at one instant. */
@FunctionalInterface
public interface Fitness {

  /** Of a node, or nothing while nobody says so freshly. */
  Optional<GpuFitness> of(String node);
}
