package io.gpuscaling.cli.render;

import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.MetricTarget;
import io.gpuscaling.policy.hpa.MilliQuantity;
import io.gpuscaling.policy.hpa.RatePolicy;
import io.gpuscaling.policy.hpa.ScalingRules;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads an HPA of {@code autoscaling/v2}, as far as its formula asks for it. */
final class HpaReader {

  private static final double MILLI = 1000.0;

  private HpaReader() {}

  /**
   * Its External and Object metrics, each named by its place in the HPA.
   *
   * @return empty when it has none of them, or what no API server would let pass
   */
  static Optional<HpaSpec> spec(Doc hpa) {
    List<HpaMetric> metrics = new ArrayList<>();
    List<Doc> written = hpa.list("/spec/metrics");
    for (int i = 0; i < written.size(); i++) {
      String name = String.valueOf(i);
      target(written.get(i)).ifPresent(it -> metrics.add(new HpaMetric(name, it)));
    }
    int min = hpa.at("/spec").whole("/minReplicas").orElse(1);
    int max = hpa.at("/spec").whole("/maxReplicas").orElse(0);
    if (metrics.isEmpty() || min < 0 || max < Math.max(1, min)) {
      return Optional.empty();
    }
    return Optional.of(
        new HpaSpec(
            min,
            max,
            metrics,
            rules(hpa.at("/spec/behavior/scaleUp"), ScalingRules.DEFAULT_UP),
            rules(hpa.at("/spec/behavior/scaleDown"), ScalingRules.DEFAULT_DOWN)));
  }

  /** The part of a metric that is of its type. */
  static Doc part(Doc metric) {
    return switch (metric.text("/type")) {
      case "External" -> metric.at("/external");
      case "Object" -> metric.at("/object");
      case "Pods" -> metric.at("/pods");
      case "Resource" -> metric.at("/resource");
      default -> metric.at("/none");
    };
  }

  /** The metric's name. */
  static String metricName(Doc metric) {
    Doc part = part(metric);
    String name = part.text("/metric/name");
    return name.isEmpty() ? part.text("/name") : name;
  }

  private static Optional<MetricTarget> target(Doc metric) {
    if (!metric.text("/type").equals("External") && !metric.text("/type").equals("Object")) {
      return Optional.empty();
    }
    Doc target = part(metric).at("/target");
    boolean isAverage = target.text("/type").equals("AverageValue");
    OptionalLong milli = MilliQuantity.parse(target.text(isAverage ? "/averageValue" : "/value"));
    if (milli.isEmpty() || milli.getAsLong() <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        isAverage
            ? new MetricTarget.AverageValue(milli.getAsLong())
            : new MetricTarget.Value(milli.getAsLong()));
  }

  private static ScalingRules rules(Doc rules, ScalingRules standard) {
    if (!rules.isThere()) {
      return standard;
    }
    SelectPolicy select =
        switch (rules.text("/selectPolicy")) {
          case "Min" -> SelectPolicy.MIN;
          case "Disabled" -> SelectPolicy.DISABLED;
          default -> SelectPolicy.MAX;
        };
    List<RatePolicy> policies = new ArrayList<>();
    for (Doc policy : rules.list("/policies")) {
      int value = policy.whole("/value").orElse(0);
      Duration period = Duration.ofSeconds(policy.whole("/periodSeconds").orElse(0));
      if (value > 0 && period.isPositive()) {
        policies.add(
            policy.text("/type").equals("Percent")
                ? new RatePolicy.Percent(value, period)
                : new RatePolicy.Pods(value, period));
      }
    }
    OptionalLong tolerance = MilliQuantity.parse(rules.text("/tolerance"));
    int window =
        rules
            .whole("/stabilizationWindowSeconds")
            .orElse((int) standard.stabilizationWindow().toSeconds());
    return new ScalingRules(
        Duration.ofSeconds(Math.max(0, window)),
        policies.isEmpty() ? standard.policies() : policies,
        select,
        tolerance.isPresent() && tolerance.getAsLong() >= 0
            ? tolerance.getAsLong() / MILLI
            : standard.tolerance());
  }
}
