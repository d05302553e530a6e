package io.gpuscaling.exporter.page;

import io.gpuscaling.core.exposition.ExpositionWriter;
import io.gpuscaling.core.http.EndpointRequest;
import io.gpuscaling.core.http.EndpointResponse;
import io.gpuscaling.core.http.Route;
import io.gpuscaling.core.metric.BrokerWorkers;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SeriesKey;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.core.metric.TimeBuckets;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Renders {@code /metrics}: the fresh samples of all sources with the label {@code node}, the tasks
 * of the node, the state of each source, and the metrics of the program itself. A stale or unknown
 * sample is left out. Safe for use by any thread.
 */
public final class MetricsPage {

  /** For adapters; Prometheus has the histograms and a gauge of the broker's workers. */
  private static final Set<String> BETWEEN_PROGRAMS =
      Set.of(TimeBuckets.DURATION_COUNTS, TimeBuckets.WAIT_COUNTS, BrokerWorkers.UNACKED);

  private final LatestSamples latest;
  private final String nodeName;
  private final StalenessLimits limits;
  private final CollectorRegistry selfMetrics;
  private final Ticker ticker;
  private final ExpositionWriter writer = ExpositionWriter.forServedMetrics();

  /**
   * A page.
   *
   * @param nodeName this node, or the empty text: no label then
   */
  public MetricsPage(
      LatestSamples latest,
      String nodeName,
      StalenessLimits limits,
      CollectorRegistry selfMetrics,
      Ticker ticker) {
    this.latest = latest;
    this.nodeName = nodeName;
    this.limits = limits;
    this.selfMetrics = selfMetrics;
    this.ticker = ticker;
    selfMetrics.register(new SourceCollector(latest, ticker));
  }

  /** The page's route; rendered off the event loop. */
  public Route route() {
    return new Route.Offloaded(this::answer);
  }

  private EndpointResponse answer(EndpointRequest request) {
    return EndpointResponse.of(200, ExpositionWriter.CONTENT_TYPE, render());
  }

  byte[] render() {
    List<Sample> shown = new ArrayList<>();
    for (SourceSnapshot source : latest.snapshot().sources().values()) {
      if (isFresh(source)) {
        for (Sample sample : source.samples()) {
          if (!BETWEEN_PROGRAMS.contains(sample.series().metric())) {
            shown.add(placed(source, sample));
          }
        }
        if (source.source().equals(Sources.LEASE)) {
          shown.add(tasksOfNode(source));
        }
      }
    }
    return writer.render(shown, selfMetrics);
  }

  private boolean isFresh(SourceSnapshot source) {
    return switch (source.state()) {
      case SourceState.Ok(long observedAt) -> isFresh(source.source(), observedAt);
      case SourceState.Failing(long observedAt, _) -> isFresh(source.source(), observedAt);
      case SourceState.Starting(), SourceState.NeverObserved(_) -> false;
    };
  }

  private boolean isFresh(String source, long observedAtNanos) {
    return ticker.nanos() - observedAtNanos <= limits.of(source).toNanos();
  }

  /** Queues live nowhere in particular; everything else is on this node. */
  private Sample placed(SourceSnapshot source, Sample sample) {
    return nodeName.isEmpty() || source.source().startsWith(Sources.RABBITMQ_PREFIX)
        ? sample
        : new Sample(
            new SeriesKey(
                sample.series().metric(), sample.series().labels().with("node", nodeName)),
            sample.value(),
            sample.observedAtNanos());
  }

  /** The sum over the node's workers; unknown when any of its parts is. */
  private Sample tasksOfNode(SourceSnapshot leases) {
    double tasks = 0;
    @Nullable SampleValue unknown = null;
    for (Sample sample : leases.samples()) {
      if (sample.series().metric().equals(ServedMetric.GPU_TASKS_ACTIVE.metricName())) {
        switch (sample.value()) {
          case SampleValue.Known(double value, _) -> tasks += value;
          case SampleValue.Unknown it -> unknown = it;
        }
      }
    }
    return new Sample(
        new SeriesKey(
            ServedMetric.ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE.metricName(),
            nodeName.isEmpty() ? Labels.EMPTY : Labels.of("node", nodeName)),
        unknown == null ? SampleValue.exact(tasks) : unknown,
        ticker.nanos());
  }
}
