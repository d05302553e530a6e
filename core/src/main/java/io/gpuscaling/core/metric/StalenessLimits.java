package io.gpuscaling.core.metric;

import java.time.Duration;

/**
 * The ages at which samples may no longer count, by the kind of their source.
 *
 * @param dcgm of GPU samples; three times the interval at which dcgm-exporter itself collects (30
 *     s)
 * @param leases of task samples; one and a half times to live of a lease (30 s)
 * @param queues of queue samples; five polls, at least 10 s
 */
public record StalenessLimits(Duration dcgm, Duration leases, Duration queues) {

  /** Limits for the defaults of the exporter. */
  public static final StalenessLimits DEFAULTS =
      new StalenessLimits(Duration.ofSeconds(90), Duration.ofSeconds(45), Duration.ofSeconds(10));

  /** The limit for a source by its name; the shortest for a source that is not known. */
  public Duration of(String source) {
    if (source.equals(Sources.DCGM) || source.equals(Sources.NVML)) {
      return dcgm;
    }
    if (source.equals(Sources.LEASE)) {
      return leases;
    }
    return queues;
  }
}
