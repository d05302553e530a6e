package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.api.selector.Requirement;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.adapter.pool.GpuRoom;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.policy.observe.Room;
import io.gpuscaling.policy.spec.VramGate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** How many more replicas of a target fit, for its policy's VRAM gate. At one instant. */
final class PolicyRoom {

  private final GpuRoom gpus;
  private final ServedMetrics metrics;

  PolicyRoom(ClusterSnapshot cluster, ServedMetrics metrics) {
    this.gpus = new GpuRoom(cluster, metrics::gpuFitness);
    this.metrics = metrics;
  }

  /** By the memory of GPUs where the gate names a size, and by whole GPUs that pods request. */
  Room of(Steers steers) {
    VramGate gate = steers.policy().vramGate();
    if (gate instanceof VramGate.Off) {
      return new Room.Unknown("not asked");
    }
    Map<String, Long> wanted = wanted(steers);
    List<Node> nodes = gpus.nodes(steers.pool());
    if (wanted.isEmpty() && gate.size().isEmpty()) {
      return new Room.Unknown(
          "a pod of "
              + steers.policy().target()
              + " requests no GPU, and spec.vramGate.size says not how much memory it needs");
    }
    long byGpus = wanted.isEmpty() ? Long.MAX_VALUE : gpus.replicas(wanted, nodes);
    if (gate.size().isEmpty()) {
      return new Room.Fits(clamped(byGpus));
    }
    String namespace = steers.policy().name().namespace();
    return switch (byMemory(namespace, gate.size().get(), steers.pool(), nodes)) {
      case Room.Fits(int byMemory) -> new Room.Fits(Math.min(byMemory, clamped(byGpus)));
      case Room.Unknown unknown -> unknown;
    };
  }

  private static Map<String, Long> wanted(Steers steers) {
    Map<String, Long> wanted = new HashMap<>();
    steers
        .target()
        .scale()
        .ifPresent(scale ->
            scale
                .requests()
                .extended()
                .forEach((resource, amount) -> {
                  if (resource.startsWith(Requests.GPU_RESOURCES)
                      || steers
                          .pool()
                          .filter(it -> it.resources().contains(resource))
                          .isPresent()) {
                    wanted.put(resource, amount);
                  }
                }));
    return wanted;
  }

  /** As the exporters of the nodes say; the namespace must be allowed to know of nodes. */
  private Room byMemory(String namespace, String size, Optional<GpuPool> pool, List<Node> nodes) {
    List<Requirement> selection = new ArrayList<>();
    selection.add(new Requirement.Equal("size", size));
    if (pool.isPresent()) {
      TreeSet<String> names = new TreeSet<>();
      nodes.stream().filter(Node::hasGpus).forEach(node -> names.add(node.name()));
      if (names.isEmpty()) {
        return new Room.Fits(0);
      }
      selection.add(new Requirement.In("node", names));
    }
    String metric = ServedMetric.GPU_VRAM_FIT_REPLICAS.metricName();
    return switch (metrics.external(
        new ExternalQuery(namespace, metric, new LabelSelector(selection)))) {
      case QueryResult.Failed<ExternalItem>(QueryFailure failure) ->
          new Room.Unknown(PolicyObserver.sentence(failure, metric));
      case QueryResult.Items<ExternalItem>(List<ExternalItem> items) when items.isEmpty() ->
          new Room.Unknown("no node reports " + metric + " of size " + size);
      case QueryResult.Items<ExternalItem>(List<ExternalItem> items) ->
          new Room.Fits(clamped((long) items.stream().mapToDouble(ExternalItem::value).sum()));
    };
  }

  private static int clamped(long replicas) {
    return (int) Math.min(replicas, Integer.MAX_VALUE);
  }
}
