package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.MetricRef;
import java.util.Map;
import java.util.Optional;

/**
 * What rules observe that is not in our own store: results of PromQL, and the CPU and memory of
 * pods. Answers what was read last; never blocks. Safe for use by any thread.
 */
public interface OutsideSources extends QueryResults {

  /** There are none. */
  OutsideSources NONE =
      new OutsideSources() {
        @Override
        public Optional<String> refusal(String namespace, String query) {
          return QueryResults.NONE.refusal(namespace, query);
        }

        @Override
        public Observation query(String namespace, String query) {
          return QueryResults.NONE.query(namespace, query);
        }

        @Override
        public Observation utilization(Workload target, MetricRef.Resource resource) {
          return new Observation.Missing("CPU and memory of pods are not read here");
        }
      };

  /** The average utilization of a target's pods, in percent of their requests. */
  Observation utilization(Workload target, MetricRef.Resource resource);

  /** What pods of the target's namespace use, by name; empty while nobody knows it freshly. */
  default Map<String, Usage> usages(Workload target) {
    return Map.of();
  }
}
