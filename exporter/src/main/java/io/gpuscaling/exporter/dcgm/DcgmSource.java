package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.source.PollLoop;
import io.gpuscaling.exporter.source.SampleSource;
import io.gpuscaling.exporter.source.SourceListener;
import io.prometheus.client.CollectorRegistry;
import java.net.URI;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source {@code dcgm}: scrapes the node's dcgm-exporter at an interval and publishes what it
 * shows. While scrapes fail it keeps publishing the last samples, which age. An empty page is no
 * data yet, a cut one no complete observation, and one whose energy counters stand still is old:
 * all count as failures. Safe for use by any thread.
 */
public final class DcgmSource implements SampleSource {

  /** The name of the source. */
  public static final String NAME = Sources.DCGM;

  private static final Logger LOG = LoggerFactory.getLogger(DcgmSource.class);
  private static final double NANOS_PER_SECOND = 1e9;
  private static final String OUTCOME_OK = "ok";

  private final PageFetcher fetcher;
  private final PodAssignments assignments;
  private final SourceListener listener;
  private final DcgmMetrics metrics;
  private final Ticker ticker;
  private final PollLoop loop;

  // Only the loop's thread uses what follows.
  private final DeviceSamples samples;
  private final XidWatch xids = new XidWatch();
  private final EnergyWatch energy;
  private List<Sample> lastSamples = List.of();
  private @Nullable Long lastObservedAtNanos;
  private String lastOutcome = "";

  /**
   * What the source reads and by whom.
   *
   * @param locator where the page is
   * @param reader how it is read
   * @param assignments who holds which device, where the page does not say
   */
  public record Inputs(DcgmLocator locator, DcgmPageReader reader, PodAssignments assignments) {

    /** A fixed address, and nobody who knows of pods besides the page. */
    public static Inputs of(URI url, DcgmPageReader reader) {
      return new Inputs(DcgmLocator.fixed(url), reader, () -> DeviceHolders.UNKNOWN);
    }
  }

  private DcgmSource(
      DcgmSettings settings,
      Inputs inputs,
      SourceListener listener,
      CollectorRegistry registry,
      Ticker ticker,
      RandomGenerator random) {
    this.fetcher =
        new PageFetcher(
            inputs.locator(),
            inputs.reader(),
            new HostGate(settings.nodeName(), settings.hostnames()),
            settings.timeout(),
            settings.caFile());
    this.assignments = inputs.assignments();
    this.energy = new EnergyWatch(settings.frozenAfter());
    this.samples = new DeviceSamples(settings.replicaSizes());
    this.listener = listener;
    this.metrics = new DcgmMetrics(registry);
    this.ticker = ticker;
    this.loop = new PollLoop("scrape-dcgm", settings.interval(), this::poll, ticker, random);
  }

  /**
   * A source that does nothing until {@link #start}.
   *
   * @param registry gets the source's own metrics
   * @param random for jitter
   * @throws IllegalArgumentException for an address that is not http or https
   */
  public static DcgmSource create(
      DcgmSettings settings,
      Inputs inputs,
      SourceListener listener,
      CollectorRegistry registry,
      Ticker ticker,
      RandomGenerator random) {
    return new DcgmSource(settings, inputs, listener, registry, ticker, random);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void start() {
    listener.publish(new SourceSnapshot(NAME, new SourceState.Starting(), List.of()));
    loop.start();
  }

  @Override
  public void close() {
    loop.close();
    fetcher.close();
  }

  private void poll() {
    long startedAtNanos = ticker.nanos();
    PageFetcher.Fetched fetched;
    try {
      fetched = fetcher.fetch();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    double seconds = (ticker.nanos() - startedAtNanos) / NANOS_PER_SECOND;
    switch (fetched) {
      case PageFetcher.Fetched.Own(DcgmPage page) -> read(page, startedAtNanos, seconds);
      case PageFetcher.Fetched.Failed(String outcome, UnknownReason reason, String detail) ->
          fail(outcome, reason, detail, seconds);
    }
  }

  private void read(DcgmPage page, long startedAtNanos, double seconds) {
    metrics.read(page);
    if (!page.complete()) {
      fail("cut", UnknownReason.INVALID, "the page has no end", seconds);
    } else if (page.devices().isEmpty()) {
      fail("empty", UnknownReason.NOT_REPORTED, "the page shows no GPU yet", seconds);
    } else {
      xids.observe(page).forEach(this::tell);
      if (energy.isFrozen(page, startedAtNanos)) {
        lastObservedAtNanos = energy.movedAtNanos();
        fail(
            "frozen",
            UnknownReason.NOT_REPORTED,
            "GPUs draw power and their energy counters stand still: DCGM looks no more",
            seconds);
      } else {
        succeed(page, startedAtNanos, seconds);
      }
    }
  }

  private void tell(XidWatch.Event event) {
    metrics.xid(event.xid(), event.count());
    LOG.warn("GPU {}: XID {} ({} since the page before)", event.uuid(), event.xid(), event.count());
  }

  private void succeed(DcgmPage page, long observedAtNanos, double seconds) {
    metrics.scraped(OUTCOME_OK, seconds);
    DeviceHolders holders = assignments.now();
    lastSamples = samples.observe(page.devices(), holders, observedAtNanos);
    lastObservedAtNanos = observedAtNanos;
    if (!lastOutcome.equals(OUTCOME_OK)) {
      lastOutcome = OUTCOME_OK;
      LOG.info(
          "DCGM at {}: {} devices, {} lines skipped",
          fetcher.url(),
          page.devices().size(),
          page.counts().skippedLines());
    }
    listener.publish(
        new SourceSnapshot(
            NAME, new SourceState.Ok(observedAtNanos), lastSamples, MissingFields.of(page)));
  }

  private void fail(String outcome, UnknownReason reason, String detail, double seconds) {
    metrics.scraped(outcome, seconds);
    if (!lastOutcome.equals(outcome)) {
      lastOutcome = outcome;
      URI url = fetcher.url();
      LOG.warn("DCGM at {} gives no samples ({}): {}", url == null ? "?" : url, outcome, detail);
    }
    Long observedAtNanos = lastObservedAtNanos;
    SourceState state =
        observedAtNanos == null
            ? new SourceState.NeverObserved(reason)
            : new SourceState.Failing(observedAtNanos, reason);
    lastSamples = DeviceSamples.withoutGonePods(lastSamples, assignments.now());
    listener.publish(
        new SourceSnapshot(NAME, state, lastSamples, List.of(new SourceFinding(outcome, detail))));
  }
}
