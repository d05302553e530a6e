package io.gpuscaling.policy.check;

import java.time.Duration;

/**
 * A load that somebody expects.
 *
 * @param peakPerSecond tasks that arrive in a second at the peak; positive
 * @param serviceTime of one task; positive
 * @param ramp from nothing to the peak, evenly; positive
 * @param tasksPerReplica that run at once; 1 or more
 */
public record ExpectedLoad(
    double peakPerSecond, Duration serviceTime, Duration ramp, int tasksPerReplica) {

  /** Refuses loads that are none. */
  public ExpectedLoad {
    if (!(peakPerSecond > 0)
        || !serviceTime.isPositive()
        || !ramp.isPositive()
        || tasksPerReplica < 1) {
      throw new IllegalArgumentException("load " + peakPerSecond + ", " + serviceTime);
    }
  }

  /**
   * Replicas that are busy at the peak: arrivals times service time are so many tasks at once
   * (Little's law), divided by what one replica runs.
   */
  public int replicasAtPeak() {
    return replicasFor(peakPerSecond);
  }

  /** Replicas that are busy so long after the ramp began. */
  int replicasAt(Duration sinceStart) {
    double part = Math.min(1, (double) sinceStart.toMillis() / ramp.toMillis());
    return replicasFor(peakPerSecond * part);
  }

  private int replicasFor(double perSecond) {
    double tasks = perSecond * serviceTime.toMillis() / 1000;
    return (int) Math.min(Integer.MAX_VALUE, Math.ceil(tasks / tasksPerReplica - 1e-9));
  }

  /** Tasks in a second that so many replicas serve. */
  double servedPerSecond(int replicas) {
    return (double) replicas * tasksPerReplica / (serviceTime.toMillis() / 1000.0);
  }
}
