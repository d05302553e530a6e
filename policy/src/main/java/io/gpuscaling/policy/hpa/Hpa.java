package io.gpuscaling.policy.hpa;

import io.gpuscaling.policy.hpa.HpaDecision.Limit;
import io.gpuscaling.policy.hpa.HpaDecision.Reason;
import io.gpuscaling.policy.hpa.HpaState.Change;
import io.gpuscaling.policy.hpa.HpaState.Recommendation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The decision of a HorizontalPodAutoscaler with {@code behavior}, for External and Object metrics.
 * Follows the controller's own arithmetic: doubles for ratios, ceilings for replicas, thousandths
 * for values.
 */
public final class Hpa {

  private Hpa() {}

  /**
   * One evaluation.
   *
   * @param readings by the metric's name; a metric without one is missing
   * @param state what the evaluation before left, or {@link HpaState#EMPTY}
   * @param now not before the instants in the state
   */
  public static HpaDecision decide(
      HpaSpec spec,
      Replicas replicas,
      Map<String, MetricReading> readings,
      HpaState state,
      Instant now) {
    int current = replicas.spec();
    if (current == 0 && spec.minReplicas() != 0) {
      return new HpaDecision(0, 0, List.of(), new Reason.SwitchedOff(), state);
    }
    int bounded = Math.clamp(current, spec.minReplicas(), spec.maxReplicas());
    if (bounded != current) {
      return decided(spec, current, bounded, List.of(), new Reason.OutOfBounds(), state, now);
    }
    List<MetricProposal> proposals = new ArrayList<>();
    for (HpaMetric metric : spec.metrics()) {
      MetricReading reading =
          readings.getOrDefault(metric.name(), new MetricReading.Missing("not asked"));
      proposals.add(propose(metric, reading, replicas, spec));
    }
    Optional<MetricProposal.Replicas> largest = largest(proposals);
    boolean anyMissing = proposals.stream().anyMatch(MetricProposal.None.class::isInstance);
    if (largest.isEmpty() || (anyMissing && largest.get().replicas() < current)) {
      return new HpaDecision(current, current, proposals, new Reason.Hold(), state);
    }
    int proposed = largest.get().replicas();
    HpaState seen =
        state.recommendations().isEmpty()
            ? new HpaState(List.of(new Recommendation(now, current)), state.changes())
            : state;
    int stabilized = stabilize(spec, seen, current, proposed, now);
    Bounded result = bound(spec, seen, current, stabilized, now);
    HpaState remembered =
        seen.with(
            new Recommendation(now, proposed),
            max(spec.up().stabilizationWindow(), spec.down().stabilizationWindow()));
    return decided(
        spec,
        current,
        result.replicas(),
        proposals,
        new Reason.ByMetrics(largest.get().metric().name(), proposed, stabilized, result.limit()),
        remembered,
        now);
  }

  private static HpaDecision decided(
      HpaSpec spec,
      int current,
      int desired,
      List<MetricProposal> proposals,
      Reason reason,
      HpaState state,
      Instant now) {
    HpaState next =
        desired == current
            ? state
            : state.with(new Change(now, desired - current), RateLimits.longestPeriod(spec));
    return new HpaDecision(current, desired, proposals, reason, next);
  }

  private static Optional<MetricProposal.Replicas> largest(List<MetricProposal> proposals) {
    MetricProposal.@Nullable Replicas largest = null;
    for (MetricProposal proposal : proposals) {
      if (proposal instanceof MetricProposal.Replicas it
          && (largest == null || it.replicas() > largest.replicas())) {
        largest = it;
      }
    }
    return Optional.ofNullable(largest);
  }

  private static MetricProposal propose(
      HpaMetric metric, MetricReading reading, Replicas replicas, HpaSpec spec) {
    return switch (reading) {
      case MetricReading.Missing(String why) -> new MetricProposal.None(metric, why);
      case MetricReading.Read(long milli) -> propose(metric, milli, replicas, spec);
    };
  }

  /** What a metric with a value proposes. */
  static MetricProposal.Replicas propose(
      HpaMetric metric, long milli, Replicas replicas, HpaSpec spec) {
    return switch (metric.target()) {
      case MetricTarget.AverageValue(long target) ->
          byAverage(metric, milli, target, replicas, spec);
      case MetricTarget.Value(long target) -> byValue(metric, milli, target, replicas, spec);
    };
  }

  private static MetricProposal.Replicas byAverage(
      HpaMetric metric, long milli, long target, Replicas replicas, HpaSpec spec) {
    // 0 status replicas give infinity or NaN, neither within tolerance, as in the controller.
    double ratio = milli / ((double) target * replicas.status());
    boolean isNear = isWithinTolerance(ratio, spec);
    int proposal = isNear ? replicas.status() : ceil(milli / (double) target);
    return new MetricProposal.Replicas(metric, milli, ratio, isNear, proposal);
  }

  private static MetricProposal.Replicas byValue(
      HpaMetric metric, long milli, long target, Replicas replicas, HpaSpec spec) {
    double ratio = milli / (double) target;
    if (replicas.spec() == 0) {
      return new MetricProposal.Replicas(metric, milli, ratio, false, ceil(ratio));
    }
    boolean isNear = isWithinTolerance(ratio, spec);
    int proposal = isNear ? replicas.spec() : ceil(ratio * replicas.ready());
    return new MetricProposal.Replicas(metric, milli, ratio, isNear, proposal);
  }

  private static boolean isWithinTolerance(double ratio, HpaSpec spec) {
    return 1.0 - spec.down().tolerance() <= ratio && ratio <= 1.0 + spec.up().tolerance();
  }

  private static int ceil(double replicas) {
    return (int) Math.ceil(replicas); // clamps, and NaN is 0
  }

  /** The current replicas, moved as little as the recommendations within both windows allow. */
  private static int stabilize(
      HpaSpec spec, HpaState state, int current, int proposed, Instant now) {
    Instant upCutoff = now.minus(spec.up().stabilizationWindow());
    Instant downCutoff = now.minus(spec.down().stabilizationWindow());
    int lowest = proposed;
    int highest = proposed;
    for (Recommendation recommendation : state.recommendations()) {
      if (recommendation.at().isAfter(upCutoff)) {
        lowest = Math.min(lowest, recommendation.replicas());
      }
      if (recommendation.at().isAfter(downCutoff)) {
        highest = Math.max(highest, recommendation.replicas());
      }
    }
    return Math.min(Math.max(current, lowest), highest);
  }

  private record Bounded(int replicas, Limit limit) {}

  private static Bounded bound(HpaSpec spec, HpaState state, int current, int wanted, Instant now) {
    if (wanted > current) {
      int rate = Math.max(current, RateLimits.highest(spec.up(), state, current, now));
      int allowed = Math.min(spec.maxReplicas(), rate);
      return wanted <= allowed
          ? new Bounded(wanted, Limit.NONE)
          : new Bounded(
              allowed, rate < spec.maxReplicas() ? Limit.SCALE_UP_RATE : Limit.MAX_REPLICAS);
    }
    if (wanted < current) {
      int rate = Math.min(current, RateLimits.lowest(spec.down(), state, current, now));
      int allowed = Math.max(spec.minReplicas(), rate);
      return wanted >= allowed
          ? new Bounded(wanted, Limit.NONE)
          : new Bounded(
              allowed, rate > spec.minReplicas() ? Limit.SCALE_DOWN_RATE : Limit.MIN_REPLICAS);
    }
    return new Bounded(wanted, Limit.NONE);
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }
}
