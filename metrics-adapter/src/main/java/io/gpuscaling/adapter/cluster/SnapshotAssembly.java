package io.gpuscaling.adapter.cluster;

import io.gpuscaling.adapter.cluster.ObjectFacts.Owner;
import io.gpuscaling.adapter.cluster.ObjectFacts.PodFacts;
import io.gpuscaling.adapter.cluster.ObjectFacts.ReplicaSetFacts;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts facts of single objects together: which pod belongs to which workload. Pure. */
final class SnapshotAssembly {

  private static final String NO_TASKS = "none";

  private SnapshotAssembly() {}

  static ClusterSnapshot assemble(
      boolean isSynced,
      Collection<Node> nodes,
      Collection<PodFacts> pods,
      Collection<ReplicaSetFacts> replicaSets,
      Collection<Workload> workloads) {
    Map<String, Node> nodesByName = new HashMap<>();
    nodes.forEach(node -> nodesByName.put(node.name(), node));

    Map<String, Map<String, Owner>> setOwners = new HashMap<>();
    for (ReplicaSetFacts set : replicaSets) {
      setOwners.computeIfAbsent(set.namespace(), _ -> new HashMap<>()).put(set.name(), set.owner());
    }

    Map<String, Map<String, Pod>> podsByName = new HashMap<>();
    for (PodFacts pod : pods) {
      if (!pod.hasEnded()) {
        podsByName
            .computeIfAbsent(pod.namespace(), _ -> new HashMap<>())
            .put(pod.name(), pod(pod, setOwners.getOrDefault(pod.namespace(), Map.of())));
      }
    }

    Map<String, List<Workload>> workloadsByNamespace = new HashMap<>();
    for (Workload workload : workloads) {
      workloadsByNamespace
          .computeIfAbsent(workload.namespace(), _ -> new ArrayList<>())
          .add(workload);
    }
    return new ClusterSnapshot(isSynced, true, nodesByName, podsByName, workloadsByNamespace);
  }

  private static Pod pod(PodFacts pod, Map<String, Owner> setOwners) {
    Owner owner = pod.owner();
    if (owner.kind().equals("ReplicaSet")) {
      // A ReplicaSet that nobody owns is itself the workload.
      Owner above = setOwners.getOrDefault(owner.name(), Owner.NONE);
      owner = above.equals(Owner.NONE) ? owner : above;
    }
    boolean runsTasks =
        pod.usesGpus() && !NO_TASKS.equals(pod.labels().get(ClusterSnapshot.NO_TASKS_LABEL));
    return new Pod(
        pod.namespace(),
        pod.name(),
        pod.labels(),
        pod.node(),
        pod.isReady(),
        pod.usesGpus(),
        runsTasks,
        owner.name(),
        owner.kind(),
        pod.createdAt(),
        pod.requests(),
        pod.order(),
        pod.address());
  }
}
