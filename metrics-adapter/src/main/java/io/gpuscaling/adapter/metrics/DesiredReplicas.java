package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;

/**
 * Where {@link ServedMetrics} takes {@code scaling_policy_desired_replicas} from. Reads one
 * immutable snapshot; never blocks. Safe for use by any thread.
 */
public interface DesiredReplicas {

  /** Answers that there are no policies here. */
  DesiredReplicas SWITCHED_OFF =
      new DesiredReplicas() {
        @Override
        public QueryResult<CustomItem> custom(CustomQuery query) {
          return off();
        }

        @Override
        public QueryResult<ExternalItem> external(ExternalQuery query) {
          return off();
        }

        private static <T> QueryResult<T> off() {
          return new QueryResult.Failed<>(
              new QueryFailure.Unavailable(
                  "scaling policies are switched off (configuration key policies.enabled)"));
        }
      };

  /** The number of the policies that steer the described objects. */
  QueryResult<CustomItem> custom(CustomQuery query);

  /** The number of a namespace's policies, by the labels {@code namespace} and {@code policy}. */
  QueryResult<ExternalItem> external(ExternalQuery query);
}
