package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.CollectorRegistry;
import org.junit.jupiter.api.Test;

final class DcgmMetricsTest {

  private final CollectorRegistry registry = new CollectorRegistry();
  private final DcgmMetrics metrics = new DcgmMetrics(registry);

  @Test
  void xid_isNamedWhileItIsOneOfNvidias_soThatLabelsAreBounded() {
    metrics.xid(79, 2);
    metrics.xid(1_000_000, 3);
    metrics.xid(1_000_001, 1);

    assertThat(events("79")).isEqualTo(2);
    assertThat(events("other")).isEqualTo(4);
  }

  @Test
  void scraped_countsOutcomesAndTime() {
    metrics.scraped("ok", 0.2);
    metrics.scraped("ok", 0.4);

    assertThat(
            registry.getSampleValue(
                "gpuscaling_dcgm_scrapes_total", new String[] {"outcome"}, new String[] {"ok"}))
        .isEqualTo(2);
    assertThat(registry.getSampleValue("gpuscaling_dcgm_scrape_duration_seconds_count"))
        .isEqualTo(2);
  }

  private double events(String xid) {
    Double count =
        registry.getSampleValue(
            "gpuscaling_dcgm_xid_events_total", new String[] {"xid"}, new String[] {xid});
    return count == null ? 0 : count;
  }
}
