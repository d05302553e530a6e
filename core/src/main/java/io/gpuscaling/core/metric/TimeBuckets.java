package io.gpuscaling.core.metric;

import java.time.Duration;
import java.util.Map;

/**
 * Counts of times in buckets that are the same everywhere, so that counts of many nodes add up to
 * those of all and a quantile of the sum is one of all times. Each bucket reaches {@value #GROWTH}
 * times as far as the one before: a quantile that is read from it is right within 10 % of itself,
 * whatever its size. (The idea is that of DDSketch: Masson, Rim, Lee: "DDSketch: A Fast and
 * Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", VLDB 2019.) Pure.
 */
public final class TimeBuckets {

  /** End of a bucket by its beginning. */
  public static final double GROWTH = 1.2;

  /** End of bucket 0, in seconds: shorter times are not told apart. */
  public static final double SHORTEST_SECONDS = 0.01;

  /** The number of the last bucket, which holds everything longer than a day as well. */
  public static final int LAST = 88;

  /** For how long a time counts after its task has ended. */
  public static final Duration WINDOW = Duration.ofMinutes(5);

  /** The series of counts of how long tasks ran; between the programs only. */
  public static final String DURATION_COUNTS = "gpu_task_duration_seconds_recent";

  /** The series of counts of how long tasks had waited; between the programs only. */
  public static final String WAIT_COUNTS = "gpu_task_wait_seconds_recent";

  /** The label of those series that names the bucket. */
  public static final String LABEL = "bucket";

  private TimeBuckets() {}

  /** The bucket of a time, 0 to {@link #LAST}. */
  public static int of(double seconds) {
    if (seconds <= SHORTEST_SECONDS) {
      return 0;
    }
    double steps = Math.ceil(Math.log(seconds / SHORTEST_SECONDS) / Math.log(GROWTH));
    return (int) Math.min(LAST, Math.max(1, steps));
  }

  /** The time that stands for a bucket: no time in it is further away than a part of itself. */
  public static double seconds(int bucket) {
    if (bucket == 0) {
      return SHORTEST_SECONDS;
    }
    double end = SHORTEST_SECONDS * Math.pow(GROWTH, bucket);
    return 2 * end / (1 + GROWTH);
  }

  /**
   * A quantile by nearest rank: the least time that so large a share of all times does not exceed.
   *
   * @param quantile more than 0, at most 1
   * @param counts by bucket, in any order; at least one more than zero
   */
  public static double quantile(double quantile, Map<Integer, Double> counts) {
    double all = counts.values().stream().mapToDouble(Double::doubleValue).sum();
    double rank = Math.ceil(quantile * all);
    double seen = 0;
    for (int bucket = 0; bucket < LAST; bucket++) {
      seen += counts.getOrDefault(bucket, 0.0);
      if (seen >= rank) {
        return seconds(bucket);
      }
    }
    return seconds(LAST);
  }
}
