package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.MetricRef;

/**
 * What rules observe that is not in our own store: results of PromQL, and the CPU and memory of
 * pods. Answers what was read last; never blocks. Safe for use by any thread.
 */
public interface OutsideSources {

  /** There are none. */
  OutsideSources NONE =
      new OutsideSources() {
        @Override
        public Observation query(String namespace, String query) {
          return new Observation.Missing("PromQL is not asked by this version of the adapter");
        }

        @Override
        public Observation utilization(Workload target, MetricRef.Resource resource) {
          return new Observation.Missing("CPU and memory of pods are not read here");
        }
      };

  /**
   * The result of a PromQL text.
   *
   * @param namespace of the policy, to which the text must be granted
   * @param query its name
   */
  Observation query(String namespace, String query);

  /** The average utilization of a target's pods, in percent of their requests. */
  Observation utilization(Workload target, MetricRef.Resource resource);
}
