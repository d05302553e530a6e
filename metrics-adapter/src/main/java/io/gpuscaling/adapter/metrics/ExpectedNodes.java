package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.selector.LabelLookup;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.api.selector.Requirement;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which nodes must have contributed before a sum is whole: those that offer GPUs, whether or not an
 * exporter runs there. A node that is deleted leaves at once, one that has not been Ready for long
 * leaves too. Pure.
 */
final class ExpectedNodes {

  private static final Set<String> NODE = Set.of("node");

  private final ClusterSnapshot cluster;
  private final Instant now;
  private final Duration notReadyTimeout;

  ExpectedNodes(ClusterSnapshot cluster, Instant now, Duration notReadyTimeout) {
    this.cluster = cluster;
    this.now = now;
    this.notReadyTimeout = notReadyTimeout;
  }

  /** Nodes with GPUs that a selector's conditions on {@code node} pick, in order. */
  SortedSet<String> withGpus(LabelSelector selector) {
    SortedSet<String> names = new TreeSet<>();
    for (ClusterSnapshot.Node node : cluster.nodes().values()) {
      if (isExpected(node) && matchesNode(selector, node.name())) {
        names.add(node.name());
      }
    }
    return names;
  }

  /** Whether a node must contribute when all nodes are asked for. */
  boolean isExpected(ClusterSnapshot.Node node) {
    return node.hasGpus() && isPresent(node);
  }

  /** Whether a node exists and has not been away for long. */
  boolean isPresent(String name) {
    ClusterSnapshot.Node node = cluster.nodes().get(name);
    return node != null && isPresent(node);
  }

  private boolean isPresent(ClusterSnapshot.Node node) {
    return node.notReadySince()
        .map(since -> Duration.between(since, now).compareTo(notReadyTimeout) <= 0)
        .orElse(true);
  }

  /** Whether a selector's conditions on {@code node} hold for a node. */
  static boolean matchesNode(LabelSelector selector, String node) {
    return matchesOnly(selector, NODE, key -> key.equals("node") ? node : null);
  }

  /** Whether the conditions on some keys hold; those on others are not asked. */
  static boolean matchesOnly(LabelSelector selector, Set<String> keys, LabelLookup labels) {
    for (Requirement requirement : selector.requirements()) {
      if (keys.contains(requirement.key()) && !requirement.matches(labels.get(requirement.key()))) {
        return false;
      }
    }
    return true;
  }

  /** Whether there is a condition on one of some keys. */
  static boolean isAbout(LabelSelector selector, Set<String> keys) {
    return selector.requirements().stream()
        .anyMatch(requirement -> keys.contains(requirement.key()));
  }
}
