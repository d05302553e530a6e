package io.gpuscaling.adapter.apiserver;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import java.time.Duration;
import java.util.function.IntSupplier;

/** Counts requests and measures how long answers take. Safe for use by any thread. */
public final class RequestMetrics implements RequestObserver {

  private static final double NANOS_PER_SECOND = 1e9;

  private final CollectorRegistry registry;
  private final Histogram durations;

  /** Registers the histogram, whose count is the number of requests. */
  public RequestMetrics(CollectorRegistry registry) {
    this.registry = registry;
    durations =
        Histogram.build(
                "gpuscaling_api_request_duration_seconds",
                "Time from the whole request to its answer, by API group, verb and HTTP code.")
            .labelNames("group", "verb", "code")
            .buckets(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5)
            .register(registry);
  }

  /** Registers the gauges of a server. To be called once. */
  public void watch(ApiServer server) {
    gauge(
        "gpuscaling_api_in_flight_requests",
        "Requests that are not answered yet.",
        server::inFlightRequests);
    gauge("gpuscaling_api_connections", "Open connections of clients.", server::openConnections);
  }

  private void gauge(String name, String help, IntSupplier value) {
    var child =
        new Gauge.Child() {
          @Override
          public double get() {
            return value.getAsInt();
          }
        };
    Gauge.build(name, help).create().<Gauge>setChild(child).register(registry);
  }

  @Override
  public void answered(String group, String verb, int code, Duration took) {
    durations
        .labels(group, verb, Integer.toString(code))
        .observe(took.toNanos() / NANOS_PER_SECOND);
  }
}
