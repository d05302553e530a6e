package io.gpuscaling.adapter.cluster;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.gpuscaling.adapter.cluster.ObjectFacts.PodFacts;
import io.gpuscaling.adapter.cluster.ObjectFacts.ReplicaSetFacts;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.ClusterView;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Nodes, pods and workloads of the cluster, watched. Readers take an immutable snapshot; it is put
 * together anew at most every {@value #ASSEMBLY_MILLIS} ms while something changes. Create, start,
 * close; each once.
 */
public final class ClusterObjects implements ClusterView, AutoCloseable {

  /** A rollout changes hundreds of objects at once; one new snapshot for all of them will do. */
  private static final long ASSEMBLY_MILLIS = 100;

  /** No resync: facts are put together from what is watched, and a lost watch lists again. */
  private static final long NO_RESYNC = 0;

  private final AtomicBoolean dirty = new AtomicBoolean(true);
  private final WatchedObjects<Node, ClusterSnapshot.Node> nodes;
  private final WatchedObjects<Pod, PodFacts> pods;
  private final WatchedObjects<ReplicaSet, ReplicaSetFacts> replicaSets;
  private final WatchedObjects<Deployment, Workload> deployments;
  private final WatchedObjects<StatefulSet, Workload> statefulSets;
  private final WatchedObjects<Service, Workload> services;
  private final List<WatchedObjects<?, ?>> all;
  private final PeriodicTask assembly;
  private volatile ClusterSnapshot snapshot = ClusterSnapshot.UNREAD;

  /** Watches nothing yet. The client stays the caller's. */
  public ClusterObjects(KubernetesClient client) {
    Runnable changed = () -> dirty.set(true);
    nodes =
        new WatchedObjects<>(
            "nodes", client.nodes().runnableInformer(NO_RESYNC), ObjectFacts::of, changed);
    pods =
        new WatchedObjects<>(
            "pods",
            client.pods().inAnyNamespace().runnableInformer(NO_RESYNC),
            ObjectFacts::of,
            changed);
    replicaSets =
        new WatchedObjects<>(
            "replicasets",
            client.apps().replicaSets().inAnyNamespace().runnableInformer(NO_RESYNC),
            ObjectFacts::of,
            changed);
    deployments =
        new WatchedObjects<>(
            "deployments",
            client.apps().deployments().inAnyNamespace().runnableInformer(NO_RESYNC),
            ObjectFacts::of,
            changed);
    statefulSets =
        new WatchedObjects<>(
            "statefulsets",
            client.apps().statefulSets().inAnyNamespace().runnableInformer(NO_RESYNC),
            ObjectFacts::of,
            changed);
    services =
        new WatchedObjects<>(
            "services",
            client.services().inAnyNamespace().runnableInformer(NO_RESYNC),
            ObjectFacts::of,
            changed);
    all = List.of(nodes, pods, replicaSets, deployments, statefulSets, services);
    assembly =
        new PeriodicTask("cluster-objects", Duration.ofMillis(ASSEMBLY_MILLIS), this::assemble);
  }

  /** Begins to list and watch; returns at once. */
  public void start() {
    all.forEach(WatchedObjects::start);
    assembly.start();
  }

  @Override
  public ClusterSnapshot snapshot() {
    return snapshot;
  }

  private void assemble() {
    boolean isSynced = all.stream().allMatch(WatchedObjects::hasSynced);
    if (!dirty.getAndSet(false) && isSynced == snapshot.isSynced()) {
      return;
    }
    List<Workload> workloads = new ArrayList<>(deployments.facts());
    workloads.addAll(statefulSets.facts());
    workloads.addAll(services.facts());
    snapshot =
        SnapshotAssembly.assemble(
            isSynced, nodes.facts(), pods.facts(), replicaSets.facts(), workloads);
  }

  @Override
  public void close() {
    assembly.close();
    all.forEach(WatchedObjects::close);
  }
}
