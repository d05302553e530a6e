package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.api.UsedQuery;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.MetricRef.Resource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** CPU and memory of pods, and PromQL. */
public final class PodsAndQueries implements OutsideSources {

  private final PodUtilizations utilizations;
  private final QueryResults queries;

  /** Asks what is kept of each. */
  public PodsAndQueries(PodUtilizations utilizations, QueryResults queries) {
    this.utilizations = utilizations;
    this.queries = queries;
  }

  @Override
  public Optional<String> refusal(String namespace, String query) {
    return queries.refusal(namespace, query);
  }

  @Override
  public Observation query(String namespace, String query) {
    return queries.query(namespace, query);
  }

  @Override
  public List<UsedQuery> used() {
    return queries.used();
  }

  @Override
  public Observation utilization(Workload target, Resource resource) {
    return utilizations.of(target, resource);
  }

  @Override
  public Map<String, Usage> usages(Workload target) {
    return utilizations.usages(target);
  }
}
