package io.gpuscaling.kubernetes.policy;

import static io.gpuscaling.kubernetes.resource.Field.optional;
import static io.gpuscaling.kubernetes.resource.Field.required;
import static io.gpuscaling.kubernetes.resource.Field.withDefault;

import io.gpuscaling.core.config.NearestName;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.kubernetes.resource.Amount;
import io.gpuscaling.kubernetes.resource.Constraint;
import io.gpuscaling.kubernetes.resource.Entries;
import io.gpuscaling.kubernetes.resource.Field;
import io.gpuscaling.kubernetes.resource.Items;
import io.gpuscaling.kubernetes.resource.Structure;
import io.gpuscaling.kubernetes.resource.Text;
import io.gpuscaling.kubernetes.resource.Values;
import io.gpuscaling.kubernetes.resource.Whole;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The fields of a rule. */
final class Rules {

  /** The most rules of one policy. */
  static final int MAX = 16;

  /** The longest N. */
  static final int MAX_PERIODS = 100;

  private static final int MAX_STEP = 10_000;
  private static final int MAX_RUNGS = 16;
  private static final int MAX_LABELS = 8;
  private static final int MAX_LABEL_CHARS = 255;

  /** A name of a rule or window: part of condition messages and metric labels. */
  static final Text NAME =
      Text.matching(
          63,
          "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
          "lower-case letters, digits and '-', at most 63 characters");

  private static final Text METRIC_NAME =
      Text.matching(
          253, "^[a-zA-Z_:][a-zA-Z0-9_:]*$", "a metric name: letters, digits, '_' and ':'");

  private static final Structure STEP =
      Structure.of(
              withDefault(
                  "type",
                  Text.oneOf("Fixed", "Percentage", "Ladder"),
                  "Fixed",
                  "Fixed: value replicas. Percentage: value percent of the current replicas,"
                      + " rounded up, at least 1. Ladder: the rung that the metric has reached."),
              withDefault(
                  "value",
                  new Whole(1, MAX_STEP),
                  1,
                  "Replicas or percent that one action adds or removes."),
              optional(
                  "rungs",
                  Items.of(
                      Structure.of(
                          required(
                              "from",
                              new Amount(false),
                              "Metric value from which on this rung counts."),
                          required(
                              "value",
                              new Whole(1, MAX_STEP),
                              "Replicas that one action adds or removes on this rung.")),
                      1,
                      MAX_RUNGS),
                  "Of a Ladder: the further beyond the threshold, the larger the step."))
          .with(
              Constraint.of(
                  "rungs",
                  "self.type == 'Ladder' ? has(self.rungs) : !has(self.rungs)",
                  "must be there for type Ladder, and for no other type",
                  step ->
                      step.isFaulty("type")
                          || step.has("rungs") == step.text("type").orElse("").equals("Ladder")));

  private static final Structure METRIC =
      Structure.of(
              required(
                  "name",
                  METRIC_NAME,
                  "Name of the metric: one that gpuscaling serves,"
                      + " avg_target_cpu_utilization_percentage or"
                      + " avg_target_memory_utilization_percentage (percent of what the target's"
                      + " pods request), or any name for the result of a query."
                      + " active_gpu_processing_tasks_per_worker_node, gpu_tasks_active and"
                      + " gpu_workers_busy are read of the scale target itself unless there is a"
                      + " selector."),
              optional(
                  "selector",
                  Structure.of(
                      required(
                          "matchLabels",
                          new Entries(MAX_LABELS, MAX_LABEL_CHARS),
                          "Labels that the series must have.")),
                  "Which series of the metric are meant; they are summed where the metric adds up,"
                      + " and must be one where it does not."),
              optional(
                  "query",
                  Text.matching(
                      63,
                      "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
                      "the name of a PromQL query that the administrator has granted"),
                  "Name of a PromQL query of the adapter's configuration that is granted to this"
                      + " namespace; its result is the metric."))
          .with(
              Constraint.of(
                  "selector",
                  "!has(self.selector) || (!has(self.query) && !self.name.startsWith('avg_target_'))",
                  "has no meaning for a query or for the utilization of the target's pods",
                  metric ->
                      !metric.has("selector")
                          || (!metric.has("query")
                              && !metric.text("name").orElse("").startsWith("avg_target_"))),
              knownMetric(),
              Constraint.ofReader(
                  "selector.matchLabels", "must be labels of the metric", Rules::unknownLabels));

  private static final Structure COOLDOWN =
      Structure.of(
          optional(
              "scaleUp",
              PolicyFields.COOLDOWN_SPAN,
              "Least time between the last action up and the next; the policy's when left out."),
          optional(
              "scaleDown",
              PolicyFields.COOLDOWN_SPAN,
              "Least time between the last action of either kind and the next action down; the"
                  + " policy's when left out."));

  private Rules() {}

  private static Constraint knownMetric() {
    String names =
        PolicyMetrics.names().stream().map(it -> "'" + it + "'").collect(Collectors.joining(", "));
    return new Constraint(
        "name",
        Optional.of("has(self.query) || self.name in [" + names + "]"),
        "must be a metric that gpuscaling serves (docs/metrics.md), or have a query",
        metric ->
            metric.has("query")
                ? Optional.empty()
                : metric
                    .text("name")
                    .filter(name -> !PolicyMetrics.names().contains(name))
                    .map(name -> "unknown" + NearestName.hint(name, PolicyMetrics.names())));
  }

  private static Optional<String> unknownLabels(Values metric) {
    Optional<ServedMetric> served = metric.text("name").flatMap(ServedMetric::byName);
    Map<String, String> labels =
        metric.child("selector").map(it -> it.entries("matchLabels")).orElse(Map.of());
    List<String> complaints = new ArrayList<>();
    served.ifPresent(it ->
        labels.keySet().stream()
            .filter(label -> !it.labels().contains(label))
            .sorted()
            .forEach(label ->
                complaints.add(
                    label
                        + " is none of "
                        + String.join(", ", it.labels())
                        + NearestName.hint(label, it.labels()))));
    return complaints.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", complaints));
  }

  private static Structure threshold(String operator) {
    return Structure.of(
        withDefault(
            "operator",
            Text.oneOf("GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"),
            operator,
            "How a value stands to the threshold that it breaches."),
        required(
            "threshold",
            new Amount(false),
            "The number that values are compared with, in the metric's unit (75 for 75 percent):"
                + " a whole number, or a quantity in quotes."),
        withDefault("step", STEP, Map.of(), "How many replicas one action adds or removes."));
  }

  private static List<Field> response() {
    return List.of(
        optional(
            "scaleUp",
            threshold("GreaterThan"),
            "When replicas are added. Without it the rule never adds."),
        optional(
            "scaleDown",
            threshold("LessThan"),
            "When replicas are removed, if every other rule with a scaleDown agrees. Without it"
                + " the rule neither removes nor forbids removing."),
        optional(
            "targetPerReplica",
            new Amount(true),
            "Instead of thresholds: a replica for so much of the metric, rounded up."),
        optional(
            "maxStepUp",
            new Whole(1, MAX_STEP),
            "With targetPerReplica: the most replicas that one action adds."),
        optional(
            "maxStepDown",
            new Whole(1, MAX_STEP),
            "With targetPerReplica: the most replicas that one action removes."));
  }

  private static List<Constraint> responseConstraints() {
    return List.of(
        Constraint.of(
            "targetPerReplica",
            "has(self.targetPerReplica) != (has(self.scaleUp) || has(self.scaleDown))",
            "must be there when there is neither scaleUp nor scaleDown, and only then",
            rule -> rule.has("targetPerReplica") != (rule.has("scaleUp") || rule.has("scaleDown"))),
        Constraint.of(
            "",
            "has(self.targetPerReplica) || (!has(self.maxStepUp) && !has(self.maxStepDown))",
            "maxStepUp and maxStepDown have no meaning without targetPerReplica",
            rule ->
                rule.has("targetPerReplica")
                    || (!rule.has("maxStepUp") && !rule.has("maxStepDown"))),
        Constraint.of(
            "scaleDown.operator",
            "!has(self.scaleUp) || !has(self.scaleDown)"
                + " || self.scaleUp.operator.startsWith('Greater')"
                + " != self.scaleDown.operator.startsWith('Greater')",
            "must look the other way than scaleUp.operator",
            rule -> {
              Optional<Boolean> up = looksUp(rule, "scaleUp");
              Optional<Boolean> down = looksUp(rule, "scaleDown");
              return up.isEmpty() || down.isEmpty() || !up.get().equals(down.get());
            }),
        new Constraint(
            "scaleDown.threshold",
            Optional.of(
                "!has(self.scaleUp) || !has(self.scaleDown)"
                    + " || type(self.scaleUp.threshold) != int"
                    + " || type(self.scaleDown.threshold) != int"
                    + " || (self.scaleUp.operator.startsWith('Greater')"
                    + " ? int(self.scaleUp.threshold) > int(self.scaleDown.threshold)"
                    + " : int(self.scaleUp.threshold) < int(self.scaleDown.threshold))"),
            "must leave a dead band to scaleUp.threshold: below it, or above it where less scales"
                + " up",
            Rules::contradiction));
  }

  private static Optional<Boolean> looksUp(Values rule, String direction) {
    return rule.child(direction)
        .flatMap(it -> it.text("operator"))
        .map(it -> it.startsWith("Greater"));
  }

  private static Optional<String> contradiction(Values rule) {
    Optional<Double> up = rule.child("scaleUp").flatMap(it -> it.amount("threshold"));
    Optional<Double> down = rule.child("scaleDown").flatMap(it -> it.amount("threshold"));
    Optional<Boolean> isUpward = looksUp(rule, "scaleUp");
    if (up.isEmpty() || down.isEmpty() || isUpward.isEmpty()) {
      return Optional.empty();
    }
    boolean holds = isUpward.get() ? up.get() > down.get() : up.get() < down.get();
    return holds
        ? Optional.empty()
        : Optional.of("scaleUp at " + plain(up.get()) + ", scaleDown at " + plain(down.get()));
  }

  private static String plain(double number) {
    return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
  }

  /** A rule of a policy. */
  static Structure rule() {
    List<Field> fields = new ArrayList<>();
    fields.add(required("name", NAME, "Name of the rule, once in the policy."));
    fields.add(required("metric", METRIC, "What the rule observes."));
    fields.addAll(response());
    fields.add(
        withDefault(
            "evaluationPeriods",
            new Whole(1, MAX_PERIODS),
            1,
            "N: so many evaluations are looked back upon."));
    fields.add(
        withDefault(
            "dataPointsToAlarm",
            new Whole(1, MAX_PERIODS),
            1,
            "M: so many of the last N evaluations must breach. A missing data point neither"
                + " breaches nor clears."));
    fields.add(optional("cooldown", COOLDOWN, "Cooldown of this rule instead of the policy's."));
    fields.add(
        withDefault(
            "effect",
            Text.oneOf("Scale", "Degrade", "DegradeAndForbidScaleUp"),
            "Scale",
            "What a breached scaleUp does: Scale adds replicas; Degrade raises the level of"
                + " degradation and leaves the replicas alone; DegradeAndForbidScaleUp also keeps"
                + " other rules from adding while it is breached."));
    List<Constraint> constraints = new ArrayList<>(responseConstraints());
    constraints.add(
        Constraint.of(
            "dataPointsToAlarm",
            "self.dataPointsToAlarm <= self.evaluationPeriods",
            "must not be above evaluationPeriods",
            rule ->
                rule.whole("dataPointsToAlarm").isEmpty()
                    || rule.whole("evaluationPeriods").isEmpty()
                    || rule.whole("dataPointsToAlarm").getAsInt()
                        <= rule.whole("evaluationPeriods").getAsInt()));
    constraints.add(
        Constraint.of(
            "effect",
            "self.effect == 'Scale' || has(self.scaleUp)",
            "needs a scaleUp when it degrades",
            rule -> rule.text("effect").orElse("Scale").equals("Scale") || rule.has("scaleUp")));
    return new Structure(fields, constraints);
  }

  /** What a schedule window puts in the place of a rule's thresholds. */
  static Structure override() {
    List<Field> fields = new ArrayList<>();
    fields.add(required("name", NAME, "Name of the rule whose thresholds are replaced."));
    fields.addAll(response());
    return new Structure(fields, responseConstraints());
  }
}
