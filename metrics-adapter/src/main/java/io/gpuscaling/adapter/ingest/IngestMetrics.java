package io.gpuscaling.adapter.ingest;

import io.grpc.Status;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import java.util.Locale;

/** What the receiving side tells of itself. Safe for use by any thread. */
final class IngestMetrics {

  private final Counter ended;
  private final Counter refused;
  private final Counter messages;
  private final Counter snapshotRequests;
  private final Counter reloads;
  private final Gauge streams;
  private final Gauge clockSkewSeconds;

  IngestMetrics(CollectorRegistry registry) {
    streams =
        Gauge.build("gpuscaling_ingest_streams", "Open streams of exporters.").register(registry);
    ended =
        Counter.build(
                "gpuscaling_ingest_streams_ended_total",
                "Ended streams of exporters, by gRPC status.")
            .labelNames("code")
            .register(registry);
    refused =
        Counter.build(
                "gpuscaling_ingest_refused_total",
                "Calls that did not get past authentication, by gRPC status.")
            .labelNames("code")
            .register(registry);
    messages =
        Counter.build(
                "gpuscaling_ingest_messages_total",
                "Messages of exporters that were taken in, by kind.")
            .labelNames("kind")
            .register(registry);
    snapshotRequests =
        Counter.build(
                "gpuscaling_ingest_snapshot_requests_total",
                "Whole snapshots that had to be asked for because a change did not fit what is held.")
            .register(registry);
    reloads =
        Counter.build(
                "gpuscaling_ingest_tls_reloads_total",
                "Changed TLS files that were taken over (ok) or could not be used (failed).")
            .labelNames("result")
            .register(registry);
    clockSkewSeconds =
        Gauge.build(
                "gpuscaling_ingest_clock_skew_seconds",
                "Wall clock of the exporter that connected last minus the adapter's; no age is computed from it.")
            .register(registry);
  }

  void opened() {
    streams.inc();
  }

  void ended(Status.Code code) {
    streams.dec();
    ended.labels(text(code)).inc();
  }

  void refused(Status status) {
    refused.labels(text(status.getCode())).inc();
  }

  void received(String kind) {
    messages.labels(kind).inc();
  }

  void askedForSnapshot() {
    snapshotRequests.inc();
  }

  void reloaded(boolean isOk) {
    reloads.labels(isOk ? "ok" : "failed").inc();
  }

  void clockSkew(double seconds) {
    clockSkewSeconds.set(seconds);
  }

  private static String text(Status.Code code) {
    return code.name().toLowerCase(Locale.ROOT);
  }
}
