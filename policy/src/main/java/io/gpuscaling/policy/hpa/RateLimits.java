package io.gpuscaling.policy.hpa;

import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the policies of {@code behavior} allow. Pure. */
final class RateLimits {

  private static final double PERCENT = 100;

  private RateLimits() {}

  /** The most replicas that a scale-up may reach now; may be below the current ones. */
  static int highest(ScalingRules rules, HpaState state, int current, Instant now) {
    if (rules.selectPolicy() == SelectPolicy.DISABLED) {
      return current;
    }
    IntStream limits =
        rules.policies().stream()
            .mapToInt(policy -> {
              int start = atStart(policy, state, current, now);
              return switch (policy) {
                case RatePolicy.Pods(int count, _) -> saturated((long) start + count);
                case RatePolicy.Percent(int percent, _) ->
                    (int) Math.ceil(start * (1 + percent / PERCENT));
              };
            });
    return (rules.selectPolicy() == SelectPolicy.MAX ? limits.max() : limits.min()).orElseThrow();
  }

  /** The fewest replicas that a scale-down may reach now; may be above the current ones. */
  static int lowest(ScalingRules rules, HpaState state, int current, Instant now) {
    if (rules.selectPolicy() == SelectPolicy.DISABLED) {
      return current;
    }
    IntStream limits =
        rules.policies().stream()
            .mapToInt(policy -> {
              int start = atStart(policy, state, current, now);
              return switch (policy) {
                case RatePolicy.Pods(int count, _) -> saturated((long) start - count);
                case RatePolicy.Percent(int percent, _) -> (int) (start * (1 - percent / PERCENT));
              };
            });
    return (rules.selectPolicy() == SelectPolicy.MAX ? limits.min() : limits.max()).orElseThrow();
  }

  /** The longest time for which changes must be remembered. */
  static Duration longestPeriod(HpaSpec spec) {
    return Stream.of(spec.up(), spec.down())
        .flatMap(rules -> rules.policies().stream())
        .map(RatePolicy::period)
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  private static int atStart(RatePolicy policy, HpaState state, int current, Instant now) {
    return current
        - state.changed(true, policy.period(), now)
        + state.changed(false, policy.period(), now);
  }

  private static int saturated(long replicas) {
    return Math.clamp(replicas, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }
}
