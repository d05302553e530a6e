package io.gpuscaling.adapter.guard;

import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Histogram;
import java.time.Duration;

/** What is counted of the answers of one API group. Safe for use by any thread. */
public final class GuardMetrics {

  /** Reason: NaN or infinite. */
  static final String NOT_FINITE = "not_finite";

  /** Reason: the sum of the items would wrap. */
  static final String SUM_TOO_LARGE = "sum_too_large";

  /** 1 s and 19 more, each 1.364 times the one before, as the reference library has them. */
  private static final double FIRST_BUCKET_SECONDS = 1;

  private static final double BUCKET_FACTOR = 1.364;
  private static final int BUCKETS = 20;

  private final String group;
  private final Families families;
  private final Histogram.Child freshness;
  private final Counter.Child clamped;

  /** The families, which all groups share. */
  public static final class Families {

    private final Histogram freshness;
    private final Counter dropped;
    private final Counter clamped;

    /** Registers them. */
    public Families(CollectorRegistry registry) {
      // The name is the reference library's: dashboards of other adapters work on.
      freshness =
          Histogram.build(
                  "metrics_apiserver_metric_freshness_seconds",
                  "Age of the values that are answered, by API group.")
              .labelNames("group")
              .exponentialBuckets(FIRST_BUCKET_SECONDS, BUCKET_FACTOR, BUCKETS)
              .register(registry);
      dropped =
          Counter.build(
                  "gpuscaling_api_dropped_values_total",
                  "Values that no quantity can say and that were not answered, by API group and"
                      + " reason.")
              .labelNames("group", "reason")
              .register(registry);
      clamped =
          Counter.build(
                  "gpuscaling_api_clamped_values_total",
                  "Single values that were answered as the largest that the HPA can read.")
              .labelNames("group")
              .register(registry);
    }
  }

  /**
   * Of one group.
   *
   * @param group the API group
   */
  public GuardMetrics(Families families, String group) {
    this.group = group;
    this.families = families;
    this.freshness = families.freshness.labels(group);
    this.clamped = families.clamped.labels(group);
  }

  void fresh(Duration age) {
    freshness.observe(GuardedMetrics.seconds(age));
  }

  void dropped(String reason, int count) {
    families.dropped.labels(group, reason).inc(count);
  }

  void clamped() {
    clamped.inc();
  }
}
