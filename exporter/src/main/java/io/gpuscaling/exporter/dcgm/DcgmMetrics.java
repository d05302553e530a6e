package io.gpuscaling.exporter.dcgm;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;

/** What the source counts about itself. */
final class DcgmMetrics {

  private static final double[] SECONDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

  /** NVIDIA's list ends below; what is above must not make series without end. */
  private static final int MAX_NAMED_XID = 255;

  private final Counter scrapes;
  private final Counter skippedLines;
  private final Counter droppedSamples;
  private final Counter xids;
  private final Histogram duration;

  DcgmMetrics(CollectorRegistry registry) {
    scrapes =
        Counter.build("gpuscaling_dcgm_scrapes_total", "Scrapes of dcgm-exporter by outcome.")
            .labelNames("outcome")
            .register(registry);
    skippedLines =
        Counter.build(
                "gpuscaling_dcgm_skipped_lines_total",
                "Lines of dcgm-exporter pages left out by reason.")
            .labelNames("reason")
            .register(registry);
    droppedSamples =
        Counter.build(
                "gpuscaling_dcgm_dropped_samples_total",
                "Valid sample lines of dcgm-exporter pages that hold no usable value by reason.")
            .labelNames("reason")
            .register(registry);
    xids =
        Counter.build(
                "gpuscaling_dcgm_xid_events_total", "XID errors of the node's GPUs that were seen.")
            .labelNames("xid")
            .register(registry);
    duration =
        Histogram.build("gpuscaling_dcgm_scrape_duration_seconds", "Time that a scrape took.")
            .buckets(SECONDS)
            .register(registry);
  }

  void scraped(String outcome, double seconds) {
    scrapes.labels(outcome).inc();
    duration.observe(seconds);
  }

  void xid(int xid, long count) {
    xids.labels(xid <= MAX_NAMED_XID ? Integer.toString(xid) : "other").inc((double) count);
  }

  void read(DcgmPage page) {
    page.counts()
        .skipped()
        .forEach((reason, lines) -> skippedLines.labels(reason.label()).inc(lines));
    drop("blank", page.blankValues());
    drop("non_finite", page.counts().nonFiniteValues());
    drop("duplicate", page.counts().duplicates());
    drop("impossible", page.droppedValues());
  }

  private void drop(String reason, int count) {
    if (count > 0) {
      droppedSamples.labels(reason).inc(count);
    }
  }
}
