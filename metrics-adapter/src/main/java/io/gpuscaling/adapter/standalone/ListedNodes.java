package io.gpuscaling.adapter.standalone;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterView;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A cluster of nothing but the configured nodes, each with GPUs and Ready; its pods are not known.
 * Immutable.
 */
public final class ListedNodes implements ClusterView {

  private final ClusterSnapshot snapshot;

  /** A cluster of these nodes. */
  public ListedNodes(List<String> names) {
    Map<String, ClusterSnapshot.Node> nodes = new LinkedHashMap<>();
    names.forEach(
        name -> nodes.put(name, new ClusterSnapshot.Node(name, Map.of(), true, Optional.empty())));
    this.snapshot = new ClusterSnapshot(true, false, Map.copyOf(nodes), Map.of(), Map.of());
  }

  @Override
  public ClusterSnapshot snapshot() {
    return snapshot;
  }
}
