package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.gpuscaling.adapter.policy.Autoscaler;
import io.gpuscaling.adapter.policy.Autoscaler.Loose;
import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.MetricTarget;
import io.gpuscaling.policy.hpa.RatePolicy;
import io.gpuscaling.policy.hpa.ScalingRules;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LooseRulesTest {

  private static final String OBJECT =
      """
      metrics:
        - type: Object
          object:
            describedObject: {apiVersion: apps/v1, kind: Deployment, name: worker}
            metric: {name: scaling_policy_desired_replicas}
            target: {type: AverageValue, averageValue: "1"}
      """;

  private static Autoscaler read(String spec, String status) {
    return PolicyFacts.autoscaler(
        Serialization.unmarshal(
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: worker, namespace: ai}
            %s
            spec:
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: worker}
              maxReplicas: 30
            %s
            """
                .formatted(status, spec.indent(2)),
            HorizontalPodAutoscaler.class));
  }

  private static HpaSpec spec(int min, ScalingRules up, ScalingRules down) {
    return new HpaSpec(
        min, 30, List.of(new HpaMetric("decided", new MetricTarget.AverageValue(1000))), up, down);
  }

  @Test
  void nothingSaid_isWhatTheControllerDoesThen() {
    Loose loose = read(OBJECT, "").loose().orElseThrow();
    assertThat(loose.rules())
        .isEqualTo(spec(1, ScalingRules.DEFAULT_UP, ScalingRules.DEFAULT_DOWN));
    assertThat(loose.lastScaleTime()).isEmpty();
  }

  @Test
  void behavior_isRead() {
    Loose loose =
        read(
                OBJECT
                    + """
                    minReplicas: 2
                    behavior:
                      scaleUp:
                        stabilizationWindowSeconds: 10
                        tolerance: 50m
                        selectPolicy: Min
                        policies:
                          - {type: Pods, value: 1, periodSeconds: 60}
                          - {type: Percent, value: 10, periodSeconds: 90}
                      scaleDown: {selectPolicy: Disabled}
                    """,
                "status: {lastScaleTime: '2026-11-25T03:12:00Z'}")
            .loose()
            .orElseThrow();
    assertThat(loose.rules())
        .isEqualTo(
            spec(
                2,
                new ScalingRules(
                    Duration.ofSeconds(10),
                    List.of(
                        new RatePolicy.Pods(1, Duration.ofSeconds(60)),
                        new RatePolicy.Percent(10, Duration.ofSeconds(90))),
                    SelectPolicy.MIN,
                    0.05),
                new ScalingRules(
                    ScalingRules.DEFAULT_DOWN.stabilizationWindow(),
                    ScalingRules.DEFAULT_DOWN.policies(),
                    SelectPolicy.DISABLED,
                    0.1)));
    assertThat(loose.lastScaleTime()).contains(Instant.parse("2026-11-25T03:12:00Z"));
  }

  @Test
  void selectPolicyMax_andAnExternalMetric_areRead() {
    String external =
        """
        metrics:
          - type: External
            external:
              metric: {name: scaling_policy_desired_replicas}
              target: {type: AverageValue, averageValue: "1"}
        behavior: {scaleUp: {selectPolicy: Max, stabilizationWindowSeconds: 0}}
        """;
    assertThat(read(external, "status: {currentReplicas: 2}").loose().orElseThrow().rules().up())
        .isEqualTo(ScalingRules.DEFAULT_UP);
  }

  @Test
  void exactOnes_andThoseThatMeanSomethingElse_haveNone() {
    String exact = "{tolerance: '0', stabilizationWindowSeconds: 0}";
    assertThat(
            read(OBJECT + "behavior: {scaleUp: " + exact + ", scaleDown: " + exact + "}\n", "")
                .loose())
        .isEmpty();
    assertThat(read(OBJECT.replace("\"1\"", "\"2\""), "").loose()).isEmpty();
    assertThat(read(OBJECT.replace("AverageValue, averageValue", "Value, value"), "").loose())
        .isEmpty();
    assertThat(read(OBJECT.replace("scaling_policy_desired_replicas", "other"), "").loose())
        .isEmpty();
  }
}
