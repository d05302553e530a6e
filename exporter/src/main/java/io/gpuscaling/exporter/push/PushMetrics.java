package io.gpuscaling.exporter.push;

import io.grpc.Status;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import java.util.Locale;

/** What the sending side tells of itself. Safe for use by any thread. */
final class PushMetrics {

  private final Gauge adapters;
  private final Gauge connected;
  private final Counter messages;
  private final Counter ended;
  private final Counter lookupFailures;

  PushMetrics(CollectorRegistry registry) {
    adapters =
        Gauge.build("gpuscaling_push_adapters", "Adapter replicas that are known by address.")
            .register(registry);
    connected =
        Gauge.build(
                "gpuscaling_push_streams",
                "Adapter replicas that have acknowledged a snapshot of the open stream.")
            .register(registry);
    messages =
        Counter.build("gpuscaling_push_messages_total", "Messages sent to adapters, by kind.")
            .labelNames("kind")
            .register(registry);
    ended =
        Counter.build(
                "gpuscaling_push_streams_ended_total", "Ended streams to adapters, by gRPC status.")
            .labelNames("code")
            .register(registry);
    lookupFailures =
        Counter.build(
                "gpuscaling_push_lookup_failures_total",
                "Look-ups of the adapters' names that failed.")
            .register(registry);
  }

  void adapters(int count) {
    adapters.set(count);
  }

  void connected() {
    connected.inc();
  }

  void disconnected() {
    connected.dec();
  }

  void sent(String kind) {
    messages.labels(kind).inc();
  }

  void ended(Status.Code code) {
    ended.labels(code.name().toLowerCase(Locale.ROOT)).inc();
  }

  void lookupFailed() {
    lookupFailures.inc();
  }
}
