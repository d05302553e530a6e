package io.gpuscaling.exporter.apps;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;

/** How reading applications goes. */
final class AppMetrics {

  private final Counter reads;
  private final Counter lookups;
  private final Gauge pods;

  AppMetrics(CollectorRegistry registry) {
    reads =
        Counter.build("gpuscaling_app_reads_total", "Pages of applications' pods that were asked.")
            .labelNames("endpoint", "outcome")
            .register(registry);
    lookups =
        Counter.build(
                "gpuscaling_app_lookups_total", "Lists of an application's pods on this node.")
            .labelNames("endpoint", "outcome")
            .register(registry);
    pods =
        Gauge.build(
                "gpuscaling_app_pods",
                "An application's pods on this node: asked, or left out since there are too many.")
            .labelNames("endpoint", "state")
            .register(registry);
  }

  void read(String endpoint, String outcome) {
    reads.labels(endpoint, outcome).inc();
  }

  void lookedUp(String endpoint, boolean ok) {
    lookups.labels(endpoint, ok ? "ok" : "failed").inc();
  }

  void pods(String endpoint, int asked, int leftOut) {
    pods.labels(endpoint, "asked").set(asked);
    pods.labels(endpoint, "left_out").set(leftOut);
  }
}
