package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.cluster.ObjectFacts.Owner;
import io.gpuscaling.adapter.cluster.ObjectFacts.PodFacts;
import io.gpuscaling.adapter.cluster.ObjectFacts.ReplicaSetFacts;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SnapshotAssemblyTest {

  private static PodFacts pod(String namespace, String name, Owner owner) {
    return new PodFacts(namespace, name, Map.of(), "n1", true, true, false, owner);
  }

  private static Pod assembled(PodFacts pod, ReplicaSetFacts... sets) {
    ClusterSnapshot snapshot =
        SnapshotAssembly.assemble(true, List.of(), List.of(pod), List.of(sets), List.of());
    assertThat(snapshot.pods()).containsOnlyKeys(pod.namespace());
    return snapshot.pods().values().iterator().next().values().iterator().next();
  }

  @Test
  void assemble_nothing_isEmptyButPodsAreKnown() {
    assertThat(SnapshotAssembly.assemble(false, List.of(), List.of(), List.of(), List.of()))
        .isEqualTo(ClusterSnapshot.UNREAD);
  }

  @Test
  void assemble_everything_isByName() {
    var node = new Node("n1", Map.of(), true, Optional.empty());
    var one = new Workload(WorkloadKind.DEPLOYMENT, "a", "w", Map.of(), Map.of());
    var two = new Workload(WorkloadKind.SERVICE, "a", "w", Map.of(), Map.of());
    ClusterSnapshot snapshot =
        SnapshotAssembly.assemble(
            true,
            List.of(node),
            List.of(pod("a", "p", Owner.NONE), pod("b", "p", Owner.NONE)),
            List.of(),
            List.of(one, two));

    assertThat(snapshot.isSynced()).isTrue();
    assertThat(snapshot.nodes()).isEqualTo(Map.of("n1", node));
    assertThat(snapshot.pods().keySet()).containsExactlyInAnyOrder("a", "b");
    assertThat(snapshot.workloads()).isEqualTo(Map.of("a", List.of(one, two)));
    assertThat(snapshot.workload(WorkloadKind.DEPLOYMENT, "a", "w")).contains(one);
    assertThat(snapshot.workload(WorkloadKind.SERVICE, "a", "w")).contains(two);
    assertThat(snapshot.workload(WorkloadKind.STATEFUL_SET, "a", "w")).isEmpty();
    assertThat(snapshot.workload(WorkloadKind.DEPLOYMENT, "b", "w")).isEmpty();
    assertThat(snapshot.workload(WorkloadKind.DEPLOYMENT, "a", "v")).isEmpty();
  }

  @Test
  void assemble_podThatHasEnded_isLeftOut() {
    var ended = new PodFacts("a", "p", Map.of(), "n1", false, true, true, Owner.NONE);

    assertThat(
            SnapshotAssembly.assemble(true, List.of(), List.of(ended), List.of(), List.of()).pods())
        .isEmpty();
  }

  @Test
  void assemble_podOfAReplicaSet_belongsToItsDeployment() {
    Pod pod =
        assembled(
            pod("a", "p", new Owner("ReplicaSet", "r")),
            new ReplicaSetFacts("a", "r", new Owner("Deployment", "d")),
            new ReplicaSetFacts("b", "r", new Owner("Deployment", "of-another-namespace")));

    assertThat(pod.workload()).isEqualTo("d");
    assertThat(pod.workloadKind()).isEqualTo("Deployment");
  }

  @Test
  void assemble_replicaSetWithoutOwnerOrNotSeen_isItselfTheWorkload() {
    PodFacts pod = pod("a", "p", new Owner("ReplicaSet", "r"));

    assertThat(assembled(pod).workload()).isEqualTo("r");
    Pod ofOrphan = assembled(pod, new ReplicaSetFacts("a", "r", Owner.NONE));
    assertThat(ofOrphan.workload()).isEqualTo("r");
    assertThat(ofOrphan.workloadKind()).isEqualTo("ReplicaSet");
  }

  @Test
  void assemble_podOfAStatefulSetNamedLikeAReplicaSet_keepsItsOwner() {
    Pod pod =
        assembled(
            pod("a", "p", new Owner("StatefulSet", "r")),
            new ReplicaSetFacts("a", "r", new Owner("Deployment", "d")));

    assertThat(pod.workload()).isEqualTo("r");
    assertThat(pod.workloadKind()).isEqualTo("StatefulSet");
  }

  @Test
  void assemble_labelThatSaysNoTasks_isBelievedOnlyWithThatValue() {
    assertThat(runsTasks(Map.of(ClusterSnapshot.NO_TASKS_LABEL, "none"), true)).isFalse();
    assertThat(runsTasks(Map.of(ClusterSnapshot.NO_TASKS_LABEL, "some"), true)).isTrue();
    assertThat(runsTasks(Map.of(), true)).isTrue();
    assertThat(runsTasks(Map.of(), false)).isFalse();
  }

  private static boolean runsTasks(Map<String, String> labels, boolean usesGpus) {
    return assembled(new PodFacts("a", "p", labels, "n", true, usesGpus, false, Owner.NONE))
        .runsTasks();
  }
}
