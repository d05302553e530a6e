package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingRules;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricIdentifier;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.gpuscaling.adapter.policy.Autoscaler;
import io.gpuscaling.adapter.policy.Autoscaler.Bounds;
import io.gpuscaling.adapter.policy.Autoscaler.Follows;
import io.gpuscaling.adapter.policy.Autoscaler.Handover;
import io.gpuscaling.adapter.policy.Autoscaler.Owner;
import io.gpuscaling.adapter.policy.Autoscaler.Stored;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.adapter.policy.StatusTree;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.kubernetes.policy.PolicyResources;
import io.gpuscaling.kubernetes.resource.Moment;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes from an object what policies need of it. Pure. */
final class PolicyFacts {

  private static final KubernetesSerialization TREES = new KubernetesSerialization();

  private PolicyFacts() {}

  static PolicyObject policy(GenericKubernetesResource object) {
    var metadata = object.getMetadata();
    return PolicyObject.of(
        new ObjectMeta(
            orEmpty(metadata.getNamespace()),
            metadata.getName(),
            orEmpty(metadata.getUid()),
            metadata.getGeneration() == null ? 0 : metadata.getGeneration(),
            orEmpty(metadata.getResourceVersion()),
            Optional.ofNullable(metadata.getCreationTimestamp()).flatMap(Moment::parse),
            metadata.getAnnotations() == null ? Map.of() : metadata.getAnnotations()),
        tree(object),
        StatusTree.read(object.getAdditionalProperties().get("status")));
  }

  /** As JSON would give it. */
  static Map<String, Object> tree(GenericKubernetesResource object) {
    var metadata = object.getMetadata();
    Map<String, Object> own = new LinkedHashMap<>();
    own.put("name", metadata.getName());
    putIfThere(own, "namespace", metadata.getNamespace());
    putIfThere(own, "uid", metadata.getUid());
    putIfThere(own, "resourceVersion", metadata.getResourceVersion());
    putIfThere(own, "generation", metadata.getGeneration());
    putIfThere(own, "creationTimestamp", metadata.getCreationTimestamp());
    putIfThere(own, "annotations", metadata.getAnnotations());
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", object.getApiVersion());
    tree.put("kind", object.getKind());
    tree.put("metadata", own);
    tree.putAll(object.getAdditionalProperties());
    return tree;
  }

  private static void putIfThere(Map<String, Object> map, String key, @Nullable Object value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  static Autoscaler autoscaler(HorizontalPodAutoscaler hpa) {
    var spec = hpa.getSpec();
    CrossVersionObjectReference target = spec == null ? null : spec.getScaleTargetRef();
    Optional<OwnerReference> owner =
        hpa.getMetadata().getOwnerReferences().stream()
            .filter(it -> Boolean.TRUE.equals(it.getController()))
            .findFirst();
    return new Autoscaler(
        orEmpty(hpa.getMetadata().getNamespace()),
        hpa.getMetadata().getName(),
        target == null
            ? new ScaleTarget("", "", "")
            : new ScaleTarget(
                orEmpty(target.getApiVersion()),
                orEmpty(target.getKind()),
                orEmpty(target.getName())),
        follows(spec),
        owner.map(it -> new Owner(shown(it), orEmpty(it.getUid()))).orElse(Owner.NONE),
        // The API server fills in 1 where nothing is said of the fewest.
        new Bounds(
            spec == null || spec.getMinReplicas() == null ? 1 : spec.getMinReplicas(),
            spec == null || spec.getMaxReplicas() == null ? 1 : spec.getMaxReplicas(),
            isFrozen(hpa.getMetadata().getAnnotations())),
        owner.isPresent()
                && owner.get().getKind().equals(PolicyResources.SCALING_POLICY.names().kind())
            ? new Stored(orEmpty(hpa.getMetadata().getResourceVersion()), spec(hpa))
            : Stored.UNREAD,
        follows(spec) == Follows.LOOSELY
            ? ours(spec).flatMap(it -> LooseRules.of(hpa, it))
            : Optional.empty(),
        handover(hpa.getMetadata().getAnnotations()));
  }

  private static Handover handover(@Nullable Map<String, String> annotations) {
    return annotations == null
        ? Handover.NONE
        : new Handover(
            annotations.getOrDefault(GeneratedHpa.TAKE_OVER_ANNOTATION, ""),
            annotations.containsKey(GeneratedHpa.FORMER_SPEC_ANNOTATION));
  }

  private static boolean isFrozen(@Nullable Map<String, String> annotations) {
    return annotations != null && annotations.containsKey(GeneratedHpa.FROZEN_BOUNDS_ANNOTATION);
  }

  private static Follows follows(@Nullable HorizontalPodAutoscalerSpec spec) {
    if (spec == null || ours(spec).isEmpty()) {
      return Follows.NOT;
    }
    HorizontalPodAutoscalerBehavior behavior = spec.getBehavior();
    return behavior != null && isExact(behavior.getScaleUp()) && isExact(behavior.getScaleDown())
        ? Follows.EXACTLY
        : Follows.LOOSELY;
  }

  private static Optional<MetricSpec> ours(@Nullable HorizontalPodAutoscalerSpec spec) {
    return spec == null || spec.getMetrics() == null
        ? Optional.empty()
        : spec.getMetrics().stream().filter(PolicyFacts::isOurs).findFirst();
  }

  /** Without a tolerance; older API servers drop the field, and the controller takes 10 %. */
  private static boolean isExact(@Nullable HPAScalingRules rules) {
    return rules != null
        && rules.getTolerance() != null
        && rules.getTolerance().getNumericalAmount().signum() == 0;
  }

  @SuppressWarnings("unchecked") // a JSON object is a map with texts as keys
  private static Map<String, Object> spec(HorizontalPodAutoscaler hpa) {
    return hpa.getSpec() == null
        ? Map.of()
        : TREES.convertValue(hpa.getSpec(), LinkedHashMap.class);
  }

  private static boolean isOurs(MetricSpec metric) {
    MetricIdentifier named = null;
    if (metric.getObject() != null) {
      named = metric.getObject().getMetric();
    } else if (metric.getExternal() != null) {
      named = metric.getExternal().getMetric();
    }
    return named != null
        && ServedMetric.SCALING_POLICY_DESIRED_REPLICAS.metricName().equals(named.getName());
  }

  private static String shown(OwnerReference owner) {
    return owner.getKind() + "/" + owner.getName();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
