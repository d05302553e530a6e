package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.policy.hpa.RatePolicy;
import io.gpuscaling.policy.hpa.RuleSteps;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The HorizontalPodAutoscaler through which a policy takes effect. It follows exactly: tolerance
 * and stabilization are 0, and the behavior's policies are as wide as the bounds. For API servers
 * that do not know {@code tolerance} the behavior's policies are as wide as a step instead, and the
 * adapter serves what makes the HPA do it.
 */
public final class GeneratedHpa {

  /** The metric that carries the decision. */
  public static final String DESIRED_REPLICAS = "scaling_policy_desired_replicas";

  /** Which policy an HPA was generated for. */
  public static final String POLICY_ANNOTATION = "gpuscaling.io/policy";

  /**
   * On an HPA whose bounds somebody has made equal by {@code kubectl gpuscaling freeze}: the bounds
   * that it had, {@code MIN,MAX}.
   */
  public static final String FROZEN_BOUNDS_ANNOTATION = "gpuscaling.io/frozen-bounds";

  /**
   * By which the owner of an HPA gives it to a policy of the namespace, whose name is the value,
   * and by taking it away takes it back.
   */
  public static final String TAKE_OVER_ANNOTATION = "gpuscaling.io/take-over";

  /** On an HPA that a policy has taken over: the {@code spec} that it had, as JSON. */
  public static final String FORMER_SPEC_ANNOTATION = "gpuscaling.io/former-spec";

  private static final int PERIOD_SECONDS = 15;

  /** How the HPA reads the decision. */
  public enum Form {
    /** As a metric of the scale target: needs custom.metrics.k8s.io alone. */
    OBJECT,
    /** As an external metric: needs the cluster's one slot for those. */
    EXTERNAL
  }

  /** What an API server makes of {@code tolerance}. */
  public enum Tolerance {
    /** It keeps it, and it is 0. */
    NONE,
    /** It drops it, as those before Kubernetes 1.35 do. */
    UNKNOWN_FIELD
  }

  private GeneratedHpa() {}

  /**
   * The HPA as a tree.
   *
   * @param cpuSafetyPercent adds an independent metric: with every adapter dead it still adds
   */
  public static Map<String, Object> tree(
      Policy policy, Form form, Tolerance tolerance, OptionalInt cpuSafetyPercent) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", policy.name().name());
    metadata.put("namespace", policy.name().namespace());
    metadata.put("annotations", Map.of(POLICY_ANNOTATION, policy.name().name()));
    Bounds bounds = widest(policy);
    List<Object> metrics = new ArrayList<>();
    metrics.add(
        switch (form) {
          case OBJECT -> object(policy.target());
          case EXTERNAL -> external(policy);
        });
    cpuSafetyPercent.ifPresent(percent -> metrics.add(cpu(percent)));
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("scaleTargetRef", reference(policy.target()));
    spec.put("minReplicas", bounds.minReplicas());
    spec.put("maxReplicas", bounds.maxReplicas());
    spec.put("metrics", metrics);
    Map<String, Object> behavior = new LinkedHashMap<>();
    behavior.put("scaleUp", rules(policy, bounds, tolerance, true));
    behavior.put("scaleDown", rules(policy, bounds, tolerance, false));
    spec.put("behavior", behavior);
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", "autoscaling/v2");
    tree.put("kind", "HorizontalPodAutoscaler");
    tree.put("metadata", metadata);
    tree.put("spec", spec);
    return tree;
  }

  /**
   * The HPA that the adapter keeps: as {@link #tree}, owned by the policy, so that it goes with it.
   *
   * @param policyUid of the policy's object
   */
  public static Map<String, Object> owned(Policy policy, String policyUid, Tolerance tolerance) {
    return owned(policy, policyUid, policy.name().name(), tolerance);
  }

  /**
   * The same under another name, which an HPA that was taken over keeps.
   *
   * @param policyUid of the policy's object
   * @param name of the HPA
   */
  public static Map<String, Object> owned(
      Policy policy, String policyUid, String name, Tolerance tolerance) {
    Map<String, Object> owner = new LinkedHashMap<>();
    owner.put("apiVersion", PolicyResources.SCALING_POLICY.apiVersion());
    owner.put("kind", PolicyResources.SCALING_POLICY.names().kind());
    owner.put("name", policy.name().name());
    owner.put("uid", policyUid);
    owner.put("controller", true);
    Map<String, Object> tree = tree(policy, Form.OBJECT, tolerance, OptionalInt.empty());
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", name);
    metadata.put("namespace", policy.name().namespace());
    metadata.put("annotations", Map.of(POLICY_ANNOTATION, policy.name().name()));
    metadata.put("ownerReferences", List.of(owner));
    tree.put("metadata", metadata);
    return tree;
  }

  /**
   * Whether an HPA is stored with the {@code spec} that a tree has. An API server that does not
   * know {@code tolerance} stores the rest without it, and will the next time too.
   *
   * @param spec as the API server answers it
   */
  public static boolean isStoredAs(Map<String, Object> tree, Map<String, Object> spec) {
    Object wanted = tree.get("spec");
    return spec.equals(wanted) || isStoredWithoutTolerance(tree, spec);
  }

  /** Whether all but the {@code tolerance} of a tree that has one is stored. */
  public static boolean isStoredWithoutTolerance(
      Map<String, Object> tree, Map<String, Object> spec) {
    Object wanted = tree.get("spec");
    return !spec.equals(wanted) && spec.equals(withoutTolerance(wanted));
  }

  /** A copy; what is not a map, or has none, is the same. */
  private static @Nullable Object withoutTolerance(@Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      return value;
    }
    Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
    map.forEach((key, child) -> {
      if (!"tolerance".equals(key)) {
        copy.put(key, withoutTolerance(child));
      }
    });
    return copy;
  }

  /** The extremes over the policy and all windows of its schedule. */
  public static Bounds widest(Policy policy) {
    int min = policy.bounds().minReplicas();
    int max = policy.bounds().maxReplicas();
    for (var window : policy.schedule()) {
      Bounds bounds = window.bounds(policy.bounds());
      min = Math.min(min, bounds.minReplicas());
      max = Math.max(max, bounds.maxReplicas());
    }
    return new Bounds(min, max);
  }

  private static Map<String, Object> reference(ScaleTarget target) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", target.apiVersion());
    tree.put("kind", target.kind());
    tree.put("name", target.name());
    return tree;
  }

  private static Map<String, Object> object(ScaleTarget target) {
    Map<String, Object> metric = new LinkedHashMap<>();
    metric.put("describedObject", reference(target));
    metric.put("metric", Map.of("name", DESIRED_REPLICAS));
    metric.put("target", one());
    return typed("Object", "object", metric);
  }

  private static Map<String, Object> external(Policy policy) {
    Map<String, Object> identifier = new LinkedHashMap<>();
    identifier.put("name", DESIRED_REPLICAS);
    identifier.put("selector", Map.of("matchLabels", Map.of("policy", policy.name().name())));
    Map<String, Object> metric = new LinkedHashMap<>();
    metric.put("metric", identifier);
    metric.put("target", one());
    return typed("External", "external", metric);
  }

  private static Map<String, Object> cpu(int percent) {
    Map<String, Object> target = new LinkedHashMap<>();
    target.put("type", "Utilization");
    target.put("averageUtilization", percent);
    Map<String, Object> resource = new LinkedHashMap<>();
    resource.put("name", "cpu");
    resource.put("target", target);
    return typed("Resource", "resource", resource);
  }

  /** A replica for each of the value: the HPA wants as many replicas as the value says. */
  private static Map<String, Object> one() {
    Map<String, Object> target = new LinkedHashMap<>();
    target.put("type", "AverageValue");
    target.put("averageValue", "1");
    return target;
  }

  private static Map<String, Object> typed(String type, String key, Map<String, Object> value) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("type", type);
    tree.put(key, value);
    return tree;
  }

  private static Map<String, Object> rules(
      Policy policy, Bounds bounds, Tolerance tolerance, boolean isUp) {
    List<RatePolicy> limits =
        tolerance == Tolerance.UNKNOWN_FIELD && RuleSteps.areMissed(policy, bounds, isUp)
            ? RuleSteps.limits(policy, isUp)
            : List.of();
    Map<String, Object> rules = new LinkedHashMap<>();
    rules.put("stabilizationWindowSeconds", 0);
    if (tolerance == Tolerance.NONE) {
      rules.put("tolerance", "0");
    }
    // The narrowest counts: what is told goes further than the step.
    rules.put("selectPolicy", limits.size() > 1 ? "Min" : "Max");
    rules.put(
        "policies",
        limits.isEmpty()
            ? List.of(rate("Pods", Math.max(1, bounds.maxReplicas()), PERIOD_SECONDS))
            : limits.stream().map(GeneratedHpa::rate).toList());
    return rules;
  }

  private static Map<String, Object> rate(RatePolicy limit) {
    int seconds = Math.toIntExact(limit.period().toSeconds());
    return switch (limit) {
      case RatePolicy.Pods(int count, _) -> rate("Pods", count, seconds);
      case RatePolicy.Percent(int percent, _) -> rate("Percent", percent, seconds);
    };
  }

  private static Map<String, Object> rate(String type, int value, int periodSeconds) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("type", type);
    tree.put("value", value);
    tree.put("periodSeconds", periodSeconds);
    return tree;
  }
}
