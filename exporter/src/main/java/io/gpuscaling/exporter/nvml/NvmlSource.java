package io.gpuscaling.exporter.nvml;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.dcgm.DeviceSamples;
import io.gpuscaling.exporter.dcgm.PodAssignments;
import io.gpuscaling.exporter.source.PollLoop;
import io.gpuscaling.exporter.source.SampleSource;
import io.gpuscaling.exporter.source.SourceListener;
import io.prometheus.client.CollectorRegistry;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The source {@code nvml}: reads the management library at an interval. Publishes GPU samples where
 * it is the source of them; beside dcgm-exporter only its own metrics and {@link NvmlView}. While
 * reads fail it keeps publishing the last samples, which age. Safe for use by any thread.
 */
public final class NvmlSource implements SampleSource {

  /** The name of the source. */
  public static final String NAME = Sources.NVML;

  private static final Logger LOG = LoggerFactory.getLogger(NvmlSource.class);

  private final NvmlSettings settings;
  private final PodAssignments assignments;
  private final SourceListener listener;
  private final NvmlViewer viewer;
  private final NvmlMetrics metrics;
  private final Ticker ticker;
  private final NvmlThread library;
  private final PollLoop loop;

  // Only the loop's thread uses what follows.
  private final DeviceSamples samples;
  private NvmlView view = NvmlView.NONE;
  private List<Sample> lastSamples = List.of();
  private @Nullable Long lastObservedAtNanos;
  private String lastOutcome = "";

  /**
   * A source that does nothing until {@link #start}.
   *
   * @param assignments who holds which device
   * @param viewer gets what each read showed, on the source's thread
   * @param registry gets the source's own metrics
   * @param random for jitter
   */
  public NvmlSource(
      NvmlSettings settings,
      PodAssignments assignments,
      SourceListener listener,
      NvmlViewer viewer,
      CollectorRegistry registry,
      Ticker ticker,
      RandomGenerator random) {
    this.settings = settings;
    this.assignments = assignments;
    this.listener = listener;
    this.viewer = viewer;
    this.metrics = new NvmlMetrics(registry);
    this.ticker = ticker;
    this.library = new NvmlThread(settings.library(), ticker);
    this.samples = new DeviceSamples(settings.replicaSizes());
    this.loop = new PollLoop("read-nvml", settings.interval(), this::poll, ticker, random);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    publish(new SourceState.Starting());
    loop.start();
  }

  @Override
  public void close() {
    loop.close();
    library.close();
  }

  private void poll() {
    long startedAtNanos = ticker.nanos();
    NvmlReading reading;
    try {
      reading = library.read(settings.timeout());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    switch (reading) {
      case NvmlReading.Read read -> succeed(read, startedAtNanos);
      case NvmlReading.Failed(NvmlFailure failure, String detail) -> fail(failure, detail);
    }
  }

  private void succeed(NvmlReading.Read read, long observedAtNanos) {
    metrics.read(read);
    String outcome =
        read.devices().size()
            + " devices, "
            + read.unreadable()
            + " cannot be read, of them "
            + read.lost()
            + " lost";
    if (!lastOutcome.equals(outcome)) {
      lastOutcome = outcome;
      LOG.info("NVML of driver {}: {}", read.driverVersion(), outcome);
    }
    view =
        new NvmlView(read.devices(), NvmlDevices.instances(read.devices()), read.unreadable() == 0);
    viewer.show(view, new SourceState.Ok(observedAtNanos));
    if (settings.gpuSource()) {
      lastSamples =
          samples.observe(NvmlDevices.of(read.devices()), assignments.now(), observedAtNanos);
    }
    lastObservedAtNanos = observedAtNanos;
    publish(new SourceState.Ok(observedAtNanos));
  }

  private void fail(NvmlFailure failure, String detail) {
    metrics.failed(failure);
    if (!lastOutcome.equals(failure.label())) {
      lastOutcome = failure.label();
      // No driver, no library: so it is on a node without GPUs.
      LOG.atLevel(failure == NvmlFailure.LIBRARY_MISSING ? Level.INFO : Level.WARN)
          .log("NVML says nothing ({}): {}", failure.label(), detail);
    }
    view = view.failed();
    lastSamples = DeviceSamples.withoutGonePods(lastSamples, assignments.now());
    Long observedAtNanos = lastObservedAtNanos;
    SourceState state =
        observedAtNanos == null
            ? new SourceState.NeverObserved(failure.reason())
            : new SourceState.Failing(observedAtNanos, failure.reason());
    viewer.show(view, state);
    publish(state);
  }

  /** Beside dcgm-exporter there is nothing to publish: the series would be the same. */
  private void publish(SourceState state) {
    if (settings.gpuSource()) {
      listener.publish(new SourceSnapshot(NAME, state, lastSamples));
    }
  }
}
