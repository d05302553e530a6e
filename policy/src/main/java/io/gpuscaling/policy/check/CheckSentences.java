package io.gpuscaling.policy.check;

import io.gpuscaling.policy.check.CheckReport.Fault;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Says what a policy cannot do, and which figure to change. */
public final class CheckSentences {

  private CheckSentences() {}

  /** The kind of a fault in one word, for programs. */
  public static String word(Fault fault) {
    return fault.getClass().getSimpleName();
  }

  /** A fault as a sentence. */
  public static String of(Fault fault) {
    return switch (fault) {
      case Fault.MaximumTooSmall(int max, int needed, double served) ->
          "the peak keeps %d replicas busy and maxReplicas is %d, which serves %s tasks a minute: raise maxReplicas to %d, or let a replica run more tasks"
              .formatted(needed, max, number(served * 60), needed);
      case Fault.QuotaTooSmall(int quota, int needed) ->
          "the peak keeps %d replicas busy and the pool grants %d: raise its gpuLimit"
              .formatted(needed, quota);
      case Fault.TooSlow(Optional<Duration> time, Duration ramp, int needed) ->
          "%d replicas are there after %s at the earliest and the ramp takes %s: larger steps, a shorter cooldown.scaleUp or a higher maxScalingRate.scaleUp"
              .formatted(
                  needed,
                  time.map(CheckSentences::duration)
                      .orElse("more than " + duration(PolicyCheck.LONGEST)),
                  duration(ramp));
      case Fault.FallsBehind(int missing, Duration after) ->
          "%d replicas are missing after %s of the ramp, though every rule asks for more all the time: the queue grows meanwhile"
              .formatted(missing, duration(after));
      case Fault.BreakerTrips(Duration after, int replicas, int allowed, int actions) ->
          "the runaway protection pauses the policy after %s at %d replicas, at its action %d where %d an hour are allowed: raise runawayProtection.maxActionsPerHour, or take larger steps"
              .formatted(duration(after), replicas, actions, allowed);
      case Fault.NeverRaises(String rule, double threshold, double largest) ->
          "rule %s never asks for more: its threshold is %s and the metric does not go beyond %s"
              .formatted(rule, number(threshold), number(largest));
      case Fault.NeverLowers(String rule, double threshold) ->
          "rule %s never agrees to fewer: nothing is below %s; use LessThanOrEqual or a higher threshold"
              .formatted(rule, number(threshold));
      case Fault.NoUpRule() ->
          "no rule ever asks for more: give one a scaleUp or a targetPerReplica";
    };
  }

  /** Such as {@code 1h55m} or {@code 45s}. */
  public static String duration(Duration duration) {
    return duration.isZero() ? "0s" : duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  private static String number(double value) {
    return BigDecimal.valueOf(value)
        .setScale(1, RoundingMode.HALF_UP)
        .stripTrailingZeros()
        .toPlainString();
  }
}
