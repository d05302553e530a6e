package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingPolicy;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingRules;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricTarget;
import io.gpuscaling.adapter.policy.Autoscaler.Loose;
import io.gpuscaling.kubernetes.resource.Moment;
import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.MilliQuantity;
import io.gpuscaling.policy.hpa.RatePolicy;
import io.gpuscaling.policy.hpa.ScalingRules;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes from an HPA that has a tolerance what says how it moves. Pure. */
final class LooseRules {

  private LooseRules() {}

  /**
   * How it moves.
   *
   * @param ours its metric that carries decisions
   * @return empty when one of the metric is not one replica: then the number means something else
   */
  static Optional<Loose> of(HorizontalPodAutoscaler hpa, MetricSpec ours) {
    MetricTarget target =
        ours.getObject() != null ? ours.getObject().getTarget() : ours.getExternal().getTarget();
    HorizontalPodAutoscalerSpec spec = hpa.getSpec();
    int min = spec.getMinReplicas() == null ? 1 : spec.getMinReplicas();
    int max = spec.getMaxReplicas() == null ? 1 : spec.getMaxReplicas();
    if (target == null
        || target.getAverageValue() == null
        || target.getAverageValue().getNumericalAmount().compareTo(BigDecimal.ONE) != 0
        || min < 0
        || max < Math.max(1, min)) {
      return Optional.empty();
    }
    HorizontalPodAutoscalerBehavior behavior = spec.getBehavior();
    return Optional.of(
        new Loose(
            new HpaSpec(
                min,
                max,
                List.of(
                    new HpaMetric(
                        "decided",
                        new io.gpuscaling.policy.hpa.MetricTarget.AverageValue(
                            MilliQuantity.PER_UNIT))),
                rules(behavior == null ? null : behavior.getScaleUp(), ScalingRules.DEFAULT_UP),
                rules(
                    behavior == null ? null : behavior.getScaleDown(), ScalingRules.DEFAULT_DOWN)),
            hpa.getStatus() == null || hpa.getStatus().getLastScaleTime() == null
                ? Optional.empty()
                : Moment.parse(hpa.getStatus().getLastScaleTime())));
  }

  private static ScalingRules rules(@Nullable HPAScalingRules rules, ScalingRules standard) {
    if (rules == null) {
      return standard;
    }
    List<RatePolicy> policies = new ArrayList<>();
    for (HPAScalingPolicy policy : rules.getPolicies()) {
      policies.add(policy(policy));
    }
    Integer window = rules.getStabilizationWindowSeconds();
    Quantity tolerance = rules.getTolerance();
    return new ScalingRules(
        window == null ? standard.stabilizationWindow() : Duration.ofSeconds(window),
        policies.isEmpty() ? standard.policies() : policies,
        select(rules.getSelectPolicy()),
        tolerance == null
            ? ScalingRules.DEFAULT_TOLERANCE
            : tolerance.getNumericalAmount().doubleValue());
  }

  private static RatePolicy policy(HPAScalingPolicy policy) {
    Duration period = Duration.ofSeconds(policy.getPeriodSeconds());
    return "Percent".equals(policy.getType())
        ? new RatePolicy.Percent(policy.getValue(), period)
        : new RatePolicy.Pods(policy.getValue(), period);
  }

  private static SelectPolicy select(@Nullable String written) {
    if (written == null) {
      return SelectPolicy.MAX;
    }
    return switch (written) {
      case "Min" -> SelectPolicy.MIN;
      case "Disabled" -> SelectPolicy.DISABLED;
      default -> SelectPolicy.MAX;
    };
  }
}
