package io.gpuscaling.adapter.prometheus;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;

/** What asking came to, counted. Safe for use by any thread. */
final class PrometheusMetrics {

  private final Counter queries;
  private final Histogram time;
  private final Gauge fresh;

  PrometheusMetrics(CollectorRegistry registry) {
    queries =
        Counter.build(
                "gpuscaling_prometheus_queries_total",
                "Questions to Prometheus, by outcome: done, or why there is no number.")
            .labelNames("outcome")
            .register(registry);
    time =
        Histogram.build(
                "gpuscaling_prometheus_query_duration_seconds",
                "Time from a question to Prometheus to its whole answer or failure.")
            .buckets(0.005, 0.02, 0.1, 0.5, 2, 10)
            .register(registry);
    fresh =
        Gauge.build(
                "gpuscaling_prometheus_query_fresh",
                "1 while policies get a fresh number of the query, else 0; of queries that are"
                    + " asked.")
            .labelNames("query")
            .register(registry);
  }

  void asked(QueryAnswer answer, long nanos) {
    queries
        .labels(
            switch (answer) {
              case QueryAnswer.Found _ -> "done";
              case QueryAnswer.Failed failed -> failed.failure().word();
            })
        .inc();
    time.observe(nanos / 1e9);
  }

  void fresh(String query, boolean isFresh) {
    fresh.labels(query).set(isFresh ? 1 : 0);
  }

  void forget(String query) {
    fresh.remove(query);
  }
}
