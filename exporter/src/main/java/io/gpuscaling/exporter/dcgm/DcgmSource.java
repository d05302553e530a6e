package io.gpuscaling.exporter.dcgm;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.source.PollLoop;
import io.gpuscaling.exporter.source.SampleSource;
import io.gpuscaling.exporter.source.SourceListener;
import io.prometheus.client.CollectorRegistry;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source {@code dcgm}: scrapes the node's dcgm-exporter at an interval and publishes what it
 * shows. While scrapes fail it keeps publishing the last samples, which age. An empty page is no
 * data yet, a cut one no complete observation: both count as failures. Safe for use by any thread.
 */
public final class DcgmSource implements SampleSource {

  /** The name of the source. */
  public static final String NAME = Sources.DCGM;

  private static final Logger LOG = LoggerFactory.getLogger(DcgmSource.class);
  private static final double NANOS_PER_SECOND = 1e9;
  private static final String OUTCOME_OK = "ok";

  private final DcgmSettings settings;
  private final DcgmScraper scraper;
  private final DcgmPageReader reader;
  private final SourceListener listener;
  private final DcgmMetrics metrics;
  private final Ticker ticker;
  private final PollLoop loop;

  // Only the loop's thread uses what follows.
  private final DcgmInventory inventory = new DcgmInventory();
  private List<Sample> lastSamples = List.of();
  private @Nullable Long lastObservedAtNanos;
  private @Nullable UtilizationUnit utilizationUnit;
  private String lastOutcome = "";

  private DcgmSource(
      DcgmSettings settings,
      DcgmPageReader reader,
      SourceListener listener,
      CollectorRegistry registry,
      Ticker ticker,
      RandomGenerator random) {
    this.settings = settings;
    this.scraper = DcgmScraper.create(settings.url(), settings.timeout());
    this.reader = reader;
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
      DcgmPageReader reader,
      SourceListener listener,
      CollectorRegistry registry,
      Ticker ticker,
      RandomGenerator random) {
    return new DcgmSource(settings, reader, listener, registry, ticker, random);
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
    scraper.close();
  }

  private void poll() {
    long startedAtNanos = ticker.nanos();
    ScrapeResult result;
    try {
      result = scraper.scrape();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    double seconds = (ticker.nanos() - startedAtNanos) / NANOS_PER_SECOND;
    switch (result) {
      case ScrapeResult.Body(byte[] bytes) -> read(bytes, startedAtNanos, seconds);
      case ScrapeResult.Failed(ScrapeFailure failure, String detail) ->
          fail(failure.label(), failure.reason(), detail, seconds);
    }
  }

  private void read(byte[] body, long startedAtNanos, double seconds) {
    switch (reader.read(body, utilizationUnit)) {
      case DcgmReading.Refused(String reason, int line) ->
          fail(reason, UnknownReason.INVALID, "it is no page of DCGM, line " + line, seconds);
      case DcgmReading.Understood(DcgmPage page) -> {
        metrics.read(page);
        if (!page.complete()) {
          fail("cut", UnknownReason.INVALID, "the page has no end", seconds);
        } else if (page.devices().isEmpty()) {
          fail("empty", UnknownReason.NOT_REPORTED, "the page shows no GPU yet", seconds);
        } else {
          succeed(page, startedAtNanos, seconds);
        }
      }
    }
  }

  private void succeed(DcgmPage page, long observedAtNanos, double seconds) {
    metrics.scraped(OUTCOME_OK, seconds);
    utilizationUnit = page.utilizationUnit();
    lastSamples = inventory.observe(page, observedAtNanos);
    lastObservedAtNanos = observedAtNanos;
    if (!lastOutcome.equals(OUTCOME_OK)) {
      lastOutcome = OUTCOME_OK;
      LOG.info(
          "DCGM at {}: {} devices, {} lines skipped",
          settings.url(),
          page.devices().size(),
          page.counts().skippedLines());
    }
    listener.publish(new SourceSnapshot(NAME, new SourceState.Ok(observedAtNanos), lastSamples));
  }

  private void fail(String outcome, UnknownReason reason, String detail, double seconds) {
    metrics.scraped(outcome, seconds);
    if (!lastOutcome.equals(outcome)) {
      lastOutcome = outcome;
      LOG.warn("DCGM at {} gives no samples ({}): {}", settings.url(), outcome, detail);
    }
    Long observedAtNanos = lastObservedAtNanos;
    SourceState state =
        observedAtNanos == null
            ? new SourceState.NeverObserved(reason)
            : new SourceState.Failing(observedAtNanos, reason);
    listener.publish(new SourceSnapshot(NAME, state, lastSamples));
  }
}
