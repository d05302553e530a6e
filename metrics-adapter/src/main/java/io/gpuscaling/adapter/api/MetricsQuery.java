package io.gpuscaling.adapter.api;

/**
 * The values that the metrics APIs serve. Each call reads one immutable snapshot: it never blocks,
 * takes no lock and waits on no I/O, since it runs on the event loops. Does not throw for anything
 * that a caller can ask. Safe for use by any thread.
 */
public interface MetricsQuery {

  /** Answers the external metrics API. */
  QueryResult<ExternalItem> external(ExternalQuery query);

  /** Answers the custom metrics API. */
  QueryResult<CustomItem> custom(CustomQuery query);

  /** Who ought to contribute to an answer of the external metrics API, and who does. */
  Contributions contributors(ExternalQuery query);

  /** Who ought to contribute to an answer of the custom metrics API, and who does. */
  Contributions contributors(CustomQuery query);

  /**
   * Which metrics exist now. The same instance as long as it has not changed, so that discovery
   * need not be built again.
   */
  MetricCatalogue catalogue();
}
