package io.gpuscaling.adapter.metrics;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the cluster's objects. Immutable.
 *
 * @param isSynced whether everything has been read once; until then nothing can be called complete
 * @param arePodsKnown whether pods are read at all; without a cluster they are not, and workloads
 *     neither
 * @param nodes by name
 * @param pods by namespace, then name; those that have ended for good are left out
 * @param workloads by namespace
 * @param podsByOwner those of {@code pods} that have an owner, by namespace, then its name: most
 *     requests are about the pods of one workload, and a namespace may have thousands
 */
public record ClusterSnapshot(
    boolean isSynced,
    boolean arePodsKnown,
    Map<String, Node> nodes,
    Map<String, Map<String, Pod>> pods,
    Map<String, List<Workload>> workloads,
    Map<String, Map<String, List<Pod>>> podsByOwner) {

  /** Nothing has been read yet. */
  public static final ClusterSnapshot UNREAD =
      new ClusterSnapshot(false, true, Map.of(), Map.of(), Map.of());

  /** Groups the pods by their owners. */
  public ClusterSnapshot(
      boolean isSynced,
      boolean arePodsKnown,
      Map<String, Node> nodes,
      Map<String, Map<String, Pod>> pods,
      Map<String, List<Workload>> workloads) {
    this(isSynced, arePodsKnown, nodes, pods, workloads, byOwner(pods));
  }

  private static Map<String, Map<String, List<Pod>>> byOwner(Map<String, Map<String, Pod>> pods) {
    Map<String, Map<String, List<Pod>>> byOwner = HashMap.newHashMap(pods.size());
    pods.forEach((namespace, ofNamespace) ->
        byOwner.put(
            namespace,
            ofNamespace.values().stream()
                .filter(pod -> !pod.workload().isEmpty())
                .collect(Collectors.groupingBy(Pod::workload))));
    return byOwner;
  }

  /**
   * A node.
   *
   * @param labels its labels
   * @param hasGpus whether it offers {@code nvidia.com/*} resources
   * @param notReadySince since when it is not Ready; empty while it is
   */
  public record Node(
      String name, Map<String, String> labels, boolean hasGpus, Optional<Instant> notReadySince) {}

  /**
   * A pod that has not ended.
   *
   * @param node where it runs, or the empty text
   * @param isReady running, Ready and not being deleted
   * @param usesGpus whether it requests {@code nvidia.com/*} resources
   * @param runsTasks whether its worker is expected to open a task session: a pod that uses GPUs
   *     and does not say that it runs no tasks ({@link #NO_TASKS_LABEL})
   * @param workload the name of the Deployment, StatefulSet, Job ... that owns it, or the empty
   *     text
   * @param workloadKind the kind of the owner, or the empty text
   */
  public record Pod(
      String namespace,
      String name,
      Map<String, String> labels,
      String node,
      boolean isReady,
      boolean usesGpus,
      boolean runsTasks,
      String workload,
      String workloadKind) {}

  /** A pod with this label set to {@code none} uses GPUs without running tasks that are counted. */
  public static final String NO_TASKS_LABEL = "gpuscaling.io/tasks";

  /**
   * An object that pods belong to.
   *
   * @param labels its labels
   * @param podSelector the labels that its pods have, for a Service; empty for the others
   */
  public record Workload(
      WorkloadKind kind,
      String namespace,
      String name,
      Map<String, String> labels,
      Map<String, String> podSelector) {

    boolean owns(Pod pod) {
      return switch (kind) {
        case DEPLOYMENT, STATEFUL_SET ->
            pod.workload().equals(name) && pod.workloadKind().equals(kind.kind());
        // A Service without a selector picks nothing (its endpoints are made by somebody else).
        case SERVICE ->
            !podSelector.isEmpty() && pod.labels().entrySet().containsAll(podSelector.entrySet());
      };
    }
  }

  /** The pods of a namespace. */
  Collection<Pod> podsOf(String namespace) {
    return pods.getOrDefault(namespace, Map.of()).values();
  }

  /** The pods of a namespace whose owner has this name, whatever kind it is of. */
  Collection<Pod> podsOf(String namespace, String owner) {
    return podsByOwner.getOrDefault(namespace, Map.of()).getOrDefault(owner, List.of());
  }

  /** A pod, or null when it does not exist. */
  @Nullable Pod pod(String namespace, String name) {
    return pods.getOrDefault(namespace, Map.of()).get(name);
  }
}
