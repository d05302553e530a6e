package io.gpuscaling.exporter.lease;

import io.grpc.Status;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import java.util.Locale;

/** What the lease service tells of itself. Safe for use by any thread. */
final class LeaseMetrics {

  private final Counter calls;
  private final Counter refused;

  LeaseMetrics(CollectorRegistry registry) {
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
  }

  void answered(String method, Status.Code code) {
    calls.labels(method, text(code)).inc();
  }

  void refused(Status.Code code) {
    refused.labels(text(code)).inc();
  }

  private static String text(Status.Code code) {
    return code.name().toLowerCase(Locale.ROOT);
  }
}
