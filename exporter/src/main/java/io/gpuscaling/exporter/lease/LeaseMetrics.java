package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.http.EndpointObserver;
import io.grpc.Status;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the lease service tells of itself. Safe for use by any thread. */
final class LeaseMetrics implements EndpointObserver {

  private final Counter calls;
  private final Counter refused;
  private final Counter connectionsRefused;

  /** Registers its families; what the leases themselves say is read at each collection. */
  LeaseMetrics(CollectorRegistry registry, LeaseRegistry leases) {
    new Collector() {
      @Override
      public List<MetricFamilySamples> collect() {
        return LeaseMetrics.collect(leases);
      }
    }.register(registry);
    calls =
        Counter.build(
                "gpuscaling_lease_calls_total", "Calls of workers, by method and gRPC status.")
            .labelNames("method", "code")
            .register(registry);
    refused =
        Counter.build(
                "gpuscaling_lease_refused_total",
                "Calls that did not get past authentication, by gRPC status.")
            .labelNames("code")
            .register(registry);
    connectionsRefused =
        Counter.build(
                "gpuscaling_lease_connections_refused_total",
                "Connections and requests of workers that were refused unread, by reason.")
            .labelNames("reason")
            .register(registry);
  }

  private static List<Collector.MetricFamilySamples> collect(LeaseRegistry leases) {
    var finished =
        new CounterMetricFamily(
            "gpuscaling_lease_tasks_finished_total",
            "Tasks that have ended, by outcome; expired are those whose worker fell silent.",
            List.of("outcome"));
    leases
        .finished()
        .forEach((outcome, count) -> finished.addMetric(List.of(text(outcome)), count));
    List<Collector.MetricFamilySamples> families = new ArrayList<>(leases.results());
    families.add(
        new GaugeMetricFamily(
            "gpuscaling_lease_sessions", "Workers with a live session.", leases.sessionCount()));
    families.add(finished);
    families.add(
        new CounterMetricFamily(
            "gpuscaling_lease_dropped_times_total",
            "Times of tasks left out of quantiles because there were too many different series.",
            leases.droppedTimes()));
    return families;
  }

  void answered(String method, Status.Code code) {
    calls.labels(method, text(code)).inc();
  }

  void refused(Status.Code code) {
    refused.labels(text(code)).inc();
  }

  @Override
  public void onAnswer(String path, int status) {} // counted with the calls

  @Override
  public void onRefusal(Refusal refusal) {
    connectionsRefused.labels(text(refusal)).inc();
  }

  private static String text(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }
}
