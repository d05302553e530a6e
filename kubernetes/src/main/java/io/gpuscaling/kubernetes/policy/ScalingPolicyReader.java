package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.CustomResource;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Problems;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.resource.Values;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.Breaker;
import io.gpuscaling.policy.spec.Cooldown;
import io.gpuscaling.policy.spec.Degradation;
import io.gpuscaling.policy.spec.Fallback;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.Rates;
import io.gpuscaling.policy.spec.Rates.Rate;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.gpuscaling.policy.spec.VramGate;
import io.gpuscaling.policy.spec.WorkloadClass;
import io.gpuscaling.policy.state.Actions;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads a {@code ScalingPolicy}: all problems at once, the same that the API server has. */
public final class ScalingPolicyReader {

  private ScalingPolicyReader() {}

  /**
   * Understands an object.
   *
   * @param object as JSON or YAML gives it; defaults need not be filled in
   */
  public static Read<ScalingPolicy> read(Map<String, ?> object) {
    Problems problems = new Problems();
    Optional<CustomResource.Parsed> parsed = PolicyResources.SCALING_POLICY.read(object, problems);
    Optional<Controls> controls = parsed.map(it -> Controls.read(it.metadata(), problems));
    if (!problems.isEmpty() || parsed.isEmpty()) {
      return new Read.Invalid<>(problems.list());
    }
    ObjectMeta metadata = parsed.get().metadata();
    Optional<Values> status = parsed.get().status();
    return new Read.Valid<>(
        new ScalingPolicy(
            metadata,
            policy(metadata, parsed.get().spec()),
            parsed.get().spec().text("profile"),
            parsed.get().spec().truth("writeAutoscaler"),
            controls.orElse(Controls.NONE),
            status.map(PolicyStatus::actions).orElse(Actions.NONE),
            status.map(PolicyStatus::degradation).orElse(DegradationState.NONE)));
  }

  private static Policy policy(ObjectMeta metadata, Values spec) {
    Cooldown cooldown = cooldown(spec.child("cooldown").orElseThrow());
    return new Policy(
        new PolicyName(metadata.namespace(), metadata.name()),
        target(spec.child("scaleTargetRef").orElseThrow()),
        WorkloadClass.valueOf(spec.text("workloadClass").orElseThrow().toUpperCase(Locale.ROOT)),
        new Bounds(
            spec.whole("minReplicas").orElseThrow(), spec.whole("maxReplicas").orElseThrow()),
        span(spec, "evaluationInterval"),
        spec.children("rules").stream().map(rule -> RuleReader.rule(rule, cooldown)).toList(),
        cooldown,
        new Rates(rate(spec, "scaleUp"), rate(spec, "scaleDown")),
        breaker(spec.child("runawayProtection").orElseThrow()),
        spec.children("schedule").stream().map(RuleReader::window).toList(),
        fallback(spec.child("fallback").orElseThrow()),
        spec.truth("busyFloor"),
        vramGate(spec.child("vramGate").orElseThrow()),
        span(spec, "warmUp"),
        span(spec, "applyDeadline"),
        spec.text("pool"),
        spec.truth("reclaim"),
        spec.child("degradation")
            .map(it -> new Degradation(span(it, "after"), span(it, "recoverAfter"))),
        spec.text("mode").orElseThrow().equals("Shadow"));
  }

  private static ScaleTarget target(Values ref) {
    return new ScaleTarget(
        ref.text("apiVersion").orElseThrow(),
        ref.text("kind").orElseThrow(),
        ref.text("name").orElseThrow());
  }

  private static Cooldown cooldown(Values values) {
    return new Cooldown(span(values, "scaleUp"), span(values, "scaleDown"));
  }

  private static Optional<Rate> rate(Values spec, String direction) {
    return spec.child("maxScalingRate")
        .flatMap(it -> it.child(direction))
        .map(it -> new Rate(it.whole("replicas").orElseThrow(), span(it, "period")));
  }

  private static Breaker breaker(Values values) {
    return new Breaker(
        values.whole("maxActionsPerHour").orElseThrow(),
        values.whole("maxDirectionChangesPerHour").orElseThrow(),
        span(values, "resumeAfter"));
  }

  private static Fallback fallback(Values values) {
    return values.whole("replicas").isPresent()
        ? new Fallback.AtLeast(values.whole("replicas").getAsInt())
        : new Fallback.Hold();
  }

  private static VramGate vramGate(Values values) {
    return switch (values.text("mode").orElseThrow()) {
      case "FixedPool" -> new VramGate.FixedPool(values.text("size"));
      case "AutoscaledPool" ->
          new VramGate.AutoscaledPool(
              values.text("size"), values.whole("maxPending").orElseThrow());
      default -> new VramGate.Off();
    };
  }

  private static Duration span(Values values, String name) {
    return values.span(name).orElseThrow();
  }
}
