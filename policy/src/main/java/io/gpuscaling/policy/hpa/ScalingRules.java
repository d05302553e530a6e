package io.gpuscaling.policy.hpa;

import java.time.Duration;
import java.util.List;

/**
 * {@code behavior.scaleUp} or {@code behavior.scaleDown}.
 *
 * @param stabilizationWindow look-back whose calmest recommendation wins
 * @param policies rate limits; empty only with {@link SelectPolicy#DISABLED}
 * @param selectPolicy which of them counts
 * @param tolerance dead band around ratio 1 on this side, inclusive
 */
public record ScalingRules(
    Duration stabilizationWindow,
    List<RatePolicy> policies,
    SelectPolicy selectPolicy,
    double tolerance) {

  /** The tolerance of a controller that was not told otherwise. */
  public static final double DEFAULT_TOLERANCE = 0.1;

  /** Scale-up when the HPA says nothing. */
  public static final ScalingRules DEFAULT_UP =
      new ScalingRules(
          Duration.ZERO,
          List.of(
              new RatePolicy.Percent(100, Duration.ofSeconds(15)),
              new RatePolicy.Pods(4, Duration.ofSeconds(15))),
          SelectPolicy.MAX,
          DEFAULT_TOLERANCE);

  /** Scale-down when the HPA says nothing. */
  public static final ScalingRules DEFAULT_DOWN =
      new ScalingRules(
          Duration.ofMinutes(5),
          List.of(new RatePolicy.Percent(100, Duration.ofSeconds(15))),
          SelectPolicy.MAX,
          DEFAULT_TOLERANCE);

  /** Which rate limit counts when there are several. */
  public enum SelectPolicy {
    /** The one that allows the largest change. */
    MAX,
    /** The one that allows the smallest change. */
    MIN,
    /** No change in this direction. */
    DISABLED
  }

  /** Copies, and refuses rules that limit nothing and allow nothing. */
  public ScalingRules {
    policies = List.copyOf(policies);
    if (policies.isEmpty() && selectPolicy != SelectPolicy.DISABLED) {
      throw new IllegalArgumentException("no policies");
    }
    if (stabilizationWindow.isNegative() || !(tolerance >= 0)) {
      throw new IllegalArgumentException("negative window or tolerance");
    }
  }
}
