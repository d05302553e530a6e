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
  private final Counter snapshotRequests;
  private final Gauge unsent;

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
    snapshotRequests =
        Counter.build(
                "gpuscaling_push_snapshot_requests_total",
                "Whole snapshots that adapters asked for because they could not use a change.")
            .register(registry);
    unsent =
        Gauge.build(
                "gpuscaling_push_unsent_series",
                "Series that break a bound of the contract and are therefore not sent, by reason;"
                    + " their sources are told as failing.")
            .labelNames("reason")
            .register(registry);
    for (DropReason reason : DropReason.values()) {
      unsent.labels(text(reason)).set(0);
    }
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
    ended.labels(text(code)).inc();
  }

  void snapshotRequested() {
    snapshotRequests.inc();
  }

  void unsent(DropReason reason, int count) {
    unsent.labels(text(reason)).set(count);
  }

  private static String text(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }

  void lookupFailed() {
    lookupFailures.inc();
  }
}
