package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.kubernetes.resource.Values;
import io.gpuscaling.policy.schedule.CronTimes;
import io.gpuscaling.policy.schedule.Recurrence;
import io.gpuscaling.policy.spec.Cooldown;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Operator;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.ScheduleWindow;
import io.gpuscaling.policy.spec.Step;
import io.gpuscaling.policy.spec.Threshold;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Builds rules and schedule windows of what was understood and found to be in order. */
final class RuleReader {

  private RuleReader() {}

  static Rule rule(Values values, Cooldown policys) {
    return new Rule(
        values.text("name").orElseThrow(),
        metric(values.child("metric").orElseThrow()),
        response(values),
        values.whole("evaluationPeriods").orElseThrow(),
        values.whole("dataPointsToAlarm").orElseThrow(),
        values
            .child("cooldown")
            .map(own ->
                new Cooldown(
                    own.span("scaleUp").orElse(policys.up()),
                    own.span("scaleDown").orElse(policys.down()))),
        effect(values.text("effect").orElseThrow()));
  }

  private static Rule.Effect effect(String word) {
    return switch (word) {
      case "Degrade" -> Rule.Effect.DEGRADE;
      case "DegradeAndForbidScaleUp" -> Rule.Effect.DEGRADE_AND_FORBID_UP;
      default -> Rule.Effect.SCALE;
    };
  }

  private static MetricRef metric(Values values) {
    String name = values.text("name").orElseThrow();
    Optional<String> query = values.text("query");
    if (query.isPresent()) {
      return new MetricRef.Query(name, query.get());
    }
    MetricRef.Resource resource = PolicyMetrics.UTILIZATIONS.get(name);
    if (resource != null) {
      return new MetricRef.Utilization(name, resource);
    }
    Map<String, String> labels =
        values.child("selector").map(it -> it.entries("matchLabels")).orElse(Map.of());
    boolean isOfTarget =
        labels.isEmpty()
            && ServedMetric.byName(name).filter(PolicyMetrics.OF_TARGET::contains).isPresent();
    return isOfTarget ? new MetricRef.OfTarget(name) : new MetricRef.Series(name, labels);
  }

  private static Response response(Values values) {
    Optional<Double> target = values.amount("targetPerReplica");
    if (target.isPresent()) {
      return new Response.Proportional(
          target.get(), values.whole("maxStepUp"), values.whole("maxStepDown"));
    }
    return new Response.Thresholds(
        values.child("scaleUp").map(RuleReader::threshold),
        values.child("scaleDown").map(RuleReader::threshold));
  }

  private static Threshold threshold(Values values) {
    Operator operator = operator(values.text("operator").orElseThrow());
    return new Threshold(
        operator,
        values.amount("threshold").orElseThrow(),
        step(values.child("step").orElseThrow(), operator));
  }

  private static Operator operator(String word) {
    return switch (word) {
      case "GreaterThanOrEqual" -> Operator.GREATER_THAN_OR_EQUAL;
      case "LessThan" -> Operator.LESS_THAN;
      case "LessThanOrEqual" -> Operator.LESS_THAN_OR_EQUAL;
      default -> Operator.GREATER_THAN;
    };
  }

  private static Step step(Values values, Operator operator) {
    int value = values.whole("value").orElseThrow();
    return switch (values.text("type").orElseThrow()) {
      case "Percentage" -> new Step.Percentage(value);
      case "Ladder" ->
          new Step.Ladder(
              operator.isUpward(),
              values.children("rungs").stream()
                  .map(rung ->
                      new Step.Ladder.Rung(
                          rung.amount("from").orElseThrow(), rung.whole("value").orElseThrow()))
                  .toList());
      default -> new Step.Fixed(value);
    };
  }

  static ScheduleWindow window(Values values) {
    ZoneId zone = ZoneId.of(values.text("timeZone").orElseThrow());
    Map<String, Response> responses = new HashMap<>();
    for (Values rule : values.children("rules")) {
      responses.put(rule.text("name").orElseThrow(), response(rule));
    }
    return new ScheduleWindow(
        values.text("name").orElseThrow(),
        new Recurrence(
            CronTimes.parse(values.text("start").orElseThrow(), zone), end(values, zone)),
        values.whole("minReplicas"),
        values.whole("maxReplicas"),
        responses,
        values.truth("pause"),
        values.truth("immediate"));
  }

  private static Recurrence.End end(Values values, ZoneId zone) {
    return values
        .text("end")
        .<Recurrence.End>map(text -> new Recurrence.End.At(CronTimes.parse(text, zone)))
        .orElseGet(() -> new Recurrence.End.After(values.span("duration").orElseThrow()));
  }
}
