package io.gpuscaling.benchmarks.fleet;

import java.time.Duration;

/**
 * How exporters are restarted one after the other, as the rolling update of a DaemonSet does: when
 * one is ready the next goes, long before the one has heard of all its workers again.
 *
 * @param atOnce that are away at a time: {@code maxUnavailable}
 * @param away from the end of a process until the next one connects
 * @param gpusAfter after its start dcgm-exporter has answered it
 * @param leasesAfter after its start every worker has announced itself: the time to live of leases
 */
public record RollPlan(int atOnce, Duration away, Duration gpusAfter, Duration leasesAfter) {

  /** Refuses a roll that would never begin. */
  public RollPlan {
    if (atOnce < 1) {
      throw new IllegalArgumentException(atOnce + " at once");
    }
  }
}
