package io.gpuscaling.exporter.page;

import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;

/**
 * Shows for each source whether its last try went well, and how old its last complete observation
 * is.
 */
final class SourceCollector extends Collector implements Collector.Describable {

  private static final double NANOS_PER_SECOND = 1e9;

  private final LatestSamples latest;
  private final Ticker ticker;

  SourceCollector(LatestSamples latest, Ticker ticker) {
    this.latest = latest;
    this.ticker = ticker;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    GaugeMetricFamily up = up();
    GaugeMetricFamily age = age();
    for (SourceSnapshot source : latest.snapshot().sources().values()) {
      List<String> labels = List.of(source.source());
      switch (source.state()) {
        case SourceState.Ok(long observedAt) -> {
          up.addMetric(labels, 1);
          age.addMetric(labels, ageSeconds(observedAt));
        }
        case SourceState.Failing(long observedAt, _) -> {
          up.addMetric(labels, 0);
          age.addMetric(labels, ageSeconds(observedAt));
        }
        case SourceState.Starting(), SourceState.NeverObserved(_) -> up.addMetric(labels, 0);
      }
    }
    return List.of(up, age);
  }

  private double ageSeconds(long observedAtNanos) {
    return Math.max(0, ticker.nanos() - observedAtNanos) / NANOS_PER_SECOND;
  }

  @Override
  public List<MetricFamilySamples> describe() {
    return List.of(up(), age());
  }

  private static GaugeMetricFamily up() {
    return new GaugeMetricFamily(
        "gpuscaling_source_up",
        "1 while the last try of the source gave a complete observation, else 0.",
        List.of("source"));
  }

  private static GaugeMetricFamily age() {
    return new GaugeMetricFamily(
        "gpuscaling_source_age_seconds",
        "Age of the last complete observation of the source; absent before the first.",
        List.of("source"));
  }
}
