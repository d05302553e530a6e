package io.gpuscaling.exporter.dcgm;

import java.net.URI;
import java.time.Duration;

/**
 * How the page of the node's dcgm-exporter is scraped.
 *
 * @param url {@code http://127.0.0.1:9400/metrics}
 * @param interval from start to start of a scrape
 * @param timeout for a whole scrape; at most the interval
 */
public record DcgmSettings(URI url, Duration interval, Duration timeout) {

  /** 15 s: dcgm-exporter itself looks at the GPUs every 30 s. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(15);

  /** 10 s, as Prometheus. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  /** Refuses durations that cannot be kept. */
  public DcgmSettings {
    if (!timeout.isPositive() || timeout.compareTo(interval) > 0) {
      throw new IllegalArgumentException(
          "the scrape timeout must be more than zero and at most the scrape interval");
    }
  }
}
