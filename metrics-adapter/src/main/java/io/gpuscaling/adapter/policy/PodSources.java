package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.MetricRef.Resource;

/** CPU and memory of pods; no PromQL. */
public final class PodSources implements OutsideSources {

  private final PodUtilizations utilizations;

  /** Asks what is kept of pods. */
  public PodSources(PodUtilizations utilizations) {
    this.utilizations = utilizations;
  }

  @Override
  public Observation query(String namespace, String query) {
    return NONE.query(namespace, query);
  }

  @Override
  public Observation utilization(Workload target, Resource resource) {
    return utilizations.of(target, resource);
  }
}
