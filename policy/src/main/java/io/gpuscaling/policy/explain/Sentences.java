package io.gpuscaling.policy.explain;

import io.gpuscaling.policy.degrade.ClassState;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.Finding;
import io.gpuscaling.policy.engine.GateOutcome;
import io.gpuscaling.policy.engine.Reason;
import io.gpuscaling.policy.engine.RuleOutcome;
import io.gpuscaling.policy.hpa.HpaInput;
import io.gpuscaling.policy.hpa.MilliQuantity;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.Threshold;
import io.gpuscaling.policy.spec.WorkloadClass;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Says in a sentence what a decision, a gate or a rule was about. */
public final class Sentences {

  private static final int SHOWN_DIGITS = 3;

  private Sentences() {}

  /** Such as {@code 4 → 6: rule "queue" asks for more}. */
  public static String of(Decision decision) {
    String change =
        decision.currentReplicas() == decision.desiredReplicas()
            ? "stays at " + decision.currentReplicas()
            : decision.currentReplicas() + " → " + decision.desiredReplicas();
    String why = because(decision.reason(), decision.rule());
    Optional<Duration> left =
        decision.gates().stream()
            .filter(it -> it.reason() == decision.reason())
            .map(GateOutcome::left)
            .flatMap(Optional::stream)
            .findFirst();
    return change + ": " + why + left.map(it -> ", " + duration(it) + " left").orElse("");
  }

  /** Such as {@code background is off, normal is throttled, critical is queued}. */
  public static String of(DegradationState state) {
    return Stream.of(WorkloadClass.BACKGROUND, WorkloadClass.NORMAL, WorkloadClass.CRITICAL)
        .map(it -> it.word() + " is " + work(state.of(it)))
        .collect(Collectors.joining(", "));
  }

  private static String work(ClassState state) {
    return switch (state) {
      case NORMAL -> "served as usual";
      case QUEUE -> "queued";
      case THROTTLE -> "throttled";
      case OFF -> "off";
    };
  }

  /** Such as {@code cooldown closed: the last action is too near, 285s left}. */
  public static String of(GateOutcome outcome) {
    String left = outcome.left().map(it -> ", " + duration(it) + " left").orElse("");
    return switch (outcome.verdict()) {
      case PASSED ->
          outcome.reason() == Reason.PASSED
              ? outcome.gate().word() + " passed"
              : outcome.gate().word() + " passed: " + because(outcome.reason(), Optional.empty());
      case LIMITED ->
          outcome.gate().word()
              + " let "
              + outcome.after()
              + " of "
              + outcome.before()
              + " through: "
              + because(outcome.reason(), Optional.empty());
      case CLOSED ->
          outcome.gate().word() + " closed: " + because(outcome.reason(), Optional.empty()) + left;
      case DECIDED ->
          outcome.gate().word() + ": " + because(outcome.reason(), Optional.empty()) + left;
      case NOT_ASKED -> outcome.gate().word() + " not asked";
    };
  }

  /** Such as {@code queue 140 > 100 in 1 of 2: asks for 6}. */
  public static String of(RuleOutcome outcome) {
    Rule rule = outcome.rule();
    String seen =
        switch (outcome.observation()) {
          case Observation.Sampled it -> bound(it.exactness()) + number(it.value());
          case Observation.Missing(String reason) -> "no data point (" + reason + ")";
        };
    String found =
        switch (outcome.finding()) {
          case UP ->
              "asks for "
                  + outcome.proposal().orElseThrow()
                  + ", breached in "
                  + count(outcome.breachingUp(), rule);
          case DOWN ->
              "agrees to "
                  + outcome.proposal().orElseThrow()
                  + ", low in "
                  + count(outcome.breachingDown(), rule);
          case WITHIN -> "asks for nothing" + notCounted(outcome);
          case NOT_FRESH -> "would agree to fewer, but has no data point now";
          case UNKNOWN -> "unknown: no data point in " + rule.evaluationPeriods() + " evaluations";
        };
    return rule.name() + " " + seen + " (" + limits(outcome.response()) + "): " + found;
  }

  private static String bound(Exactness exactness) {
    return switch (exactness) {
      case EXACT -> "";
      case ESTIMATE -> "about ";
      case LOWER_BOUND -> "at least ";
      case UPPER_BOUND -> "at most ";
    };
  }

  /** Why a value that lies beyond a threshold does not breach it. */
  private static String notCounted(RuleOutcome outcome) {
    if (!(outcome.observation() instanceof Observation.Sampled(_, double value, var exactness, _))
        || !(outcome.response() instanceof Response.Thresholds(var up, var down))) {
      return "";
    }
    boolean isUnproved =
        Stream.of(up, down)
            .flatMap(Optional::stream)
            .anyMatch(it -> it.isBreachedBy(value) && !exactness.proves(it.operator()));
    return isUnproved ? ": the true value may lie on the other side" : "";
  }

  private static String count(int breaching, Rule rule) {
    return breaching
        + " of "
        + rule.evaluationPeriods()
        + " (needs "
        + rule.dataPointsToAlarm()
        + ")";
  }

  private static String limits(Response response) {
    return switch (response) {
      case Response.Thresholds(var up, var down) ->
          Stream.of(
                  up.map(it -> "up " + limit(it)).stream(),
                  down.map(it -> "down " + limit(it)).stream())
              .flatMap(it -> it)
              .collect(Collectors.joining(", "));
      case Response.Proportional(double target, var _, var _) ->
          "one replica for " + number(target);
    };
  }

  private static String limit(Threshold threshold) {
    return threshold.operator().sign() + " " + number(threshold.value());
  }

  /** Without a fraction that says nothing. */
  public static String number(double value) {
    return BigDecimal.valueOf(value)
        .setScale(SHOWN_DIGITS, RoundingMode.HALF_EVEN)
        .stripTrailingZeros()
        .toPlainString();
  }

  /** As Go writes it: {@code 1h2m3s}. */
  public static String duration(Duration duration) {
    long seconds = Math.max(0, duration.plusMillis(999).toSeconds());
    String text =
        (seconds >= 3600 ? seconds / 3600 + "h" : "")
            + (seconds >= 60 ? seconds % 3600 / 60 + "m" : "")
            + seconds % 60
            + "s";
    return text;
  }

  /** Why, in words. */
  public static String because(Reason reason, Optional<String> rule) {
    return switch (reason) {
      case PASSED -> "nothing against it";
      case NOT_ASKED -> "a stronger gate had decided";
      case PAUSED_BY_OVERRIDE -> "paused by hand";
      case SET_BY_OVERRIDE -> "set by hand";
      case UP_HELD_BY_OVERRIDE -> "adding is held by hand";
      case DOWN_HELD_BY_OVERRIDE -> "removing is held by hand";
      case BELOW_MINIMUM -> "below the minimum";
      case TOO_MANY_ACTIONS -> "paused: more actions in an hour than runawayProtection allows";
      case TOO_MANY_DIRECTION_CHANGES ->
          "paused: more turns in an hour than runawayProtection allows";
      case ABOVE_MAXIMUM -> "above the maximum";
      case AT_MAXIMUM -> "the maximum is reached";
      case ABOVE_QUOTA -> "above what the GPU pool grants";
      case AT_QUOTA -> "the GPU pool grants no more";
      case AT_MINIMUM -> "the minimum is reached";
      case PAUSED_BY_SCHEDULE -> "paused by the schedule";
      case RULE_BREACHED ->
          rule.map(it -> "rule \"" + it + "\" asks for more").orElse("a rule asks for more");
      case RULES_AGREE -> "every rule agrees to fewer";
      case WITHIN_BAND -> "no rule asks for more, and not every rule agrees to fewer";
      case NOT_FRESH -> "a rule that must agree to fewer has no data point now";
      case RULE_UNKNOWN -> "a rule that must agree to fewer is unknown";
      case ALL_UNKNOWN -> "no rule has a data point";
      case FALLBACK -> "a source is lost, and the fallback asks for more";
      case UP_FORBIDDEN -> "a degrade rule forbids adding";
      case COOLING_DOWN -> "the last action is too near";
      case REST_OF_STEP -> "the rest of a step that the rate had cut";
      case NO_ROOM -> "no free GPU has room for one more";
      case WAITING_FOR_NODES -> "as many replicas as may do so are waiting for nodes";
      case ROOM_UNKNOWN -> "nobody can say how many more fit on the free GPUs";
      case WORKERS_BUSY -> "workers are busy";
      case BUSY_UNKNOWN -> "nobody can say how many workers are busy";
      case RATE_LIMITED -> "as many as maxScalingRate allows have changed";
      case WAITING_FOR_TARGET -> "decided before, the target has not followed yet";
    };
  }

  /**
   * What is told to an HPA that has a tolerance, of the replicas that are wanted; such as {@code 21
   * replicas are served as 22001m, just outside its tolerance …}.
   */
  public static String of(HpaInput input, int wanted) {
    String replicas = wanted + " replicas are ";
    return switch (input) {
      case HpaInput.Value(long milli, var manner) ->
          switch (manner) {
            case PLAIN -> replicas + "served as they are";
            case ROUNDED_UP ->
                replicas
                    + "served as "
                    + MilliQuantity.format(milli)
                    + ", which the HPA rounds up: its tolerance leaves out less";
            case OUTSIDE_TOLERANCE ->
                replicas
                    + "served as "
                    + MilliQuantity.format(milli)
                    + ", just outside the HPA's tolerance: its own policies hold it to the step";
          };
      case HpaInput.Unsettled(int spec, int status) ->
          replicas
              + "not served while "
              + status
              + " exist and spec.replicas is "
              + spec
              + ": within its tolerance the HPA would set "
              + status;
      case HpaInput.WaitingForPeriod(Instant until) ->
          replicas
              + "not served before "
              + Instant.ofEpochSecond(until.getEpochSecond())
              + ": until then the HPA may count an earlier change, and go too far";
      case HpaInput.StepWithinTolerance(int from, int to) ->
          replicas
              + "not served: the HPA's tolerance leaves out a step from "
              + from
              + " to "
              + to
              + ", and no policy of its behavior holds it to that step for 60 s (gpuscaling"
              + " generate --no-tolerance-field prints such an HPA)";
    };
  }

  /** What a rule found, in one word. */
  public static String word(Finding finding) {
    return switch (finding) {
      case UP -> "up";
      case DOWN -> "down";
      case WITHIN -> "within";
      case NOT_FRESH -> "notFresh";
      case UNKNOWN -> "unknown";
    };
  }
}
