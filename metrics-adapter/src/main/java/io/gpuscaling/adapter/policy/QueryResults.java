package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.api.UsedQuery;
import io.gpuscaling.policy.observe.Observation;
import java.util.List;
import java.util.Optional;

/**
 * Results of PromQL texts that the administrator has named and granted to namespaces. Answers what
 * was read last; never blocks. Safe for use by any thread.
 */
public interface QueryResults {

  /** Nothing is granted to anybody. */
  QueryResults NONE =
      new QueryResults() {
        @Override
        public Optional<String> refusal(String namespace, String query) {
          return Optional.of(notGranted(namespace, query));
        }

        @Override
        public Observation query(String namespace, String query) {
          return new Observation.Missing(notGranted(namespace, query));
        }
      };

  /** What to change when a query may not be used. */
  static String notGranted(String namespace, String query) {
    return "PromQL query "
        + query
        + " is not granted to namespace "
        + namespace
        + ": list it with this namespace in prometheus.queries of the metrics-adapter's"
        + " configuration";
  }

  /**
   * Why policies of a namespace may not use a query, if so; a sentence that says what to change.
   */
  Optional<String> refusal(String namespace, String query);

  /** Those that policies refer to, by name, and how they stand. */
  default List<UsedQuery> used() {
    return List.of();
  }

  /** The newest result. */
  Observation query(String namespace, String query);
}
