package io.gpuscaling.adapter.metrics;

import io.gpuscaling.core.metric.StalenessLimits;
import java.time.Duration;

/**
 * How values are judged.
 *
 * @param limits the ages at which samples may no longer count
 * @param grants who may read what is not its own
 * @param notReadyTimeout after which a node that is not Ready is no longer expected to contribute
 * @param areBrokersBelieved whether what brokers say of workers counts for a workload until its
 *     first task session
 */
public record ServedMetricsSettings(
    StalenessLimits limits, Grants grants, Duration notReadyTimeout, boolean areBrokersBelieved) {

  /** With brokers that are believed. */
  public ServedMetricsSettings(StalenessLimits limits, Grants grants, Duration notReadyTimeout) {
    this(limits, grants, notReadyTimeout, true);
  }
}
