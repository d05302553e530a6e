package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.api.selector.Requirement;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.core.metric.Labels;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whose tasks are asked for.
 *
 * @param pods which pods' tasks
 * @param isForSomePods whether {@code pods} names some; only then, or when the selector does, nodes
 *     without any of them cannot make the answer unknown
 * @param selector conditions on the series' labels
 */
record TaskScope(Predicate<Pod> pods, boolean isForSomePods, LabelSelector selector) {

  /** The labels that are the pod's, whatever it runs. */
  private static final Set<String> POD_LABELS = Set.of("namespace", "workload", "pod", "node");

  /** All pods of a namespace that may be meant: {@link #includes} says which of them are. */
  Collection<Pod> candidates(ClusterSnapshot cluster, String namespace) {
    for (Requirement requirement : selector.requirements()) {
      if (requirement instanceof Requirement.Equal(String key, String value)) {
        if (key.equals("pod")) {
          Pod pod = cluster.pod(namespace, value);
          return pod == null ? List.of() : List.of(pod);
        }
        if (key.equals("workload") && !value.isEmpty()) {
          return cluster.podsOf(namespace, value);
        }
      }
    }
    return cluster.podsOf(namespace);
  }

  /** Whether a pod's tasks may be meant; whether each is depends on conditions on other labels. */
  boolean includes(Pod pod) {
    return pods.test(pod) && isOf(selector, pod);
  }

  /** Whether a selector's conditions on the labels that are the pod's hold for a pod. */
  static boolean isOf(LabelSelector selector, Pod pod) {
    return ExpectedNodes.matchesOnly(selector, POD_LABELS, key -> labelOf(pod, key));
  }

  /** Whether a series of a pod is meant. */
  boolean selects(Labels series, Pod pod) {
    return selector.matches(
        key -> key.equals("workload") ? emptyToNull(pod.workload()) : series.get(key));
  }

  private static @Nullable String labelOf(Pod pod, String key) {
    return switch (key) {
      case "namespace" -> pod.namespace();
      case "workload" -> emptyToNull(pod.workload());
      case "pod" -> pod.name();
      case "node" -> emptyToNull(pod.node());
      default -> null;
    };
  }

  /** A pod without an owner has no label {@code workload}, not an empty one. */
  private static @Nullable String emptyToNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
