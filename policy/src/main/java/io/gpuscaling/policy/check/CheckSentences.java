package io.gpuscaling.policy.check;

import io.gpuscaling.policy.check.CheckReport.Fault;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;

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
      case Fault.MaximumTooSmall it ->
          "the peak keeps %d replicas busy and maxReplicas is %d, which serves %s tasks a minute: raise maxReplicas to %d, or let a replica run more tasks"
              .formatted(
                  it.neededReplicas(),
                  it.maxReplicas(),
                  number(it.servedPerSecond() * 60),
                  it.neededReplicas());
      case Fault.QuotaTooSmall it ->
          "the peak keeps %d replicas busy and the pool grants %d: raise its gpuLimit"
              .formatted(it.neededReplicas(), it.quotaReplicas());
      case Fault.TooSlow it ->
          "%d replicas are there after %s at the earliest and the ramp takes %s: larger steps, a shorter cooldown.scaleUp or a higher maxScalingRate.scaleUp"
              .formatted(
                  it.neededReplicas(),
                  it.minToNeeded()
                      .map(CheckSentences::duration)
                      .orElse("more than " + duration(PolicyCheck.LONGEST)),
                  duration(it.ramp()));
      case Fault.FallsBehind it ->
          "%d replicas are missing after %s of the ramp, though every rule asks for more all the time: the queue grows meanwhile"
              .formatted(it.missingReplicas(), duration(it.after()));
      case Fault.BreakerTrips it ->
          "the runaway protection pauses the policy after %s at %d replicas, at its action %d where %d an hour are allowed: raise runawayProtection.maxActionsPerHour, or take larger steps"
              .formatted(duration(it.after()), it.replicas(), it.neededActions(), it.maxActions());
      case Fault.NeverRaises it ->
          "rule %s never asks for more: its threshold is %s and the metric does not go beyond %s"
              .formatted(it.rule(), number(it.threshold()), number(it.largestValue()));
      case Fault.NeverLowers it ->
          "rule %s never agrees to fewer: nothing is below %s; use LessThanOrEqual or a higher threshold"
              .formatted(it.rule(), number(it.threshold()));
      case Fault.NoUpRule _ ->
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
