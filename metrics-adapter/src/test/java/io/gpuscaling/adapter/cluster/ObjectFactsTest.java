package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.gpuscaling.adapter.cluster.ObjectFacts.Owner;
import io.gpuscaling.adapter.cluster.ObjectFacts.PodFacts;
import io.gpuscaling.adapter.cluster.ObjectFacts.ReplicaSetFacts;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObjectFactsTest {

  private static PodBuilder pod() {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("ns")
        .withName("p")
        .addToLabels("app", "a")
        .endMetadata();
  }

  private static PodBuilder pod(String phase, String condition, String status) {
    return pod()
        .withNewSpec()
        .withNodeName("n1")
        .endSpec()
        .withNewStatus()
        .withPhase(phase)
        .addNewCondition()
        .withType("Initialized")
        .withStatus("True")
        .endCondition()
        .addNewCondition()
        .withType(condition)
        .withStatus(status)
        .endCondition()
        .endStatus();
  }

  @Test
  void pod_withNothingButNames_isCautious() {
    assertThat(ObjectFacts.of(pod().build()))
        .isEqualTo(
            new PodFacts("ns", "p", Map.of("app", "a"), "", false, false, false, Owner.NONE));
  }

  @Test
  void pod_labelsNull_hasNone() {
    var pod = pod().build();
    pod.getMetadata().setLabels(null);

    assertThat(ObjectFacts.of(pod).labels()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "Running, Ready, True, true, false",
    "Running, Ready, False, false, false",
    "Running, Ready, Unknown, false, false",
    "Running, Ready, , false, false",
    "Running, , True, false, false",
    "Running, ContainersReady, True, false, false",
    "Pending, Ready, True, false, false",
    ", Ready, True, false, false",
    "Succeeded, Ready, False, false, true",
    "Failed, Ready, False, false, true",
  })
  void pod_phaseAndConditions_sayWhetherItIsReadyOrHasEnded(
      String phase, String condition, String status, boolean isReady, boolean hasEnded) {
    PodFacts facts = ObjectFacts.of(pod(phase, condition, status).build());

    assertThat(facts.isReady()).isEqualTo(isReady);
    assertThat(facts.hasEnded()).isEqualTo(hasEnded);
    assertThat(facts.node()).isEqualTo("n1");
  }

  @Test
  void pod_beingDeleted_isNotReady() {
    var pod =
        pod("Running", "Ready", "True")
            .editMetadata()
            .withDeletionTimestamp("2026-01-01T00:00:00Z")
            .endMetadata()
            .build();

    assertThat(ObjectFacts.of(pod).isReady()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "nvidia.com/gpu, 1, true",
    "nvidia.com/mig-1g.10gb, 2, true",
    "nvidia.com/gpu, 0, false",
    "amd.com/gpu, 1, false",
    "memory, 1Gi, false",
    "nvidia.com/gpu, many, true",
  })
  void pod_limitsOrRequests_sayWhetherItUsesGpus(String resource, String amount, boolean usesGpus) {
    var byLimit =
        pod()
            .withNewSpec()
            .addNewContainer()
            .withName("no-resources")
            .endContainer()
            .addNewContainer()
            .withNewResources()
            .addToLimits(resource, new Quantity(amount))
            .endResources()
            .endContainer()
            .endSpec()
            .build();
    var byRequest =
        pod()
            .withNewSpec()
            .addNewContainer()
            .withNewResources()
            .addToRequests(resource, new Quantity(amount))
            .endResources()
            .endContainer()
            .endSpec()
            .build();

    assertThat(ObjectFacts.of(byLimit).usesGpus()).isEqualTo(usesGpus);
    assertThat(ObjectFacts.of(byRequest).usesGpus()).isEqualTo(usesGpus);
  }

  @Test
  void pod_severalOwners_belongsToTheOneThatControlsIt() {
    var pod =
        pod()
            .editMetadata()
            .addToOwnerReferences(
                new OwnerReferenceBuilder().withKind("Node").withName("n1").build(),
                new OwnerReferenceBuilder()
                    .withKind("Other")
                    .withName("o")
                    .withController(false)
                    .build(),
                new OwnerReferenceBuilder()
                    .withKind("ReplicaSet")
                    .withName("r")
                    .withController(true)
                    .build())
            .endMetadata()
            .build();

    assertThat(ObjectFacts.of(pod).owner()).isEqualTo(new Owner("ReplicaSet", "r"));
  }

  @Test
  void node_ready_hasItsLabelsAndGpus() {
    var node =
        new NodeBuilder()
            .withNewMetadata()
            .withName("n1")
            .addToLabels("pool", "gpu")
            .endMetadata()
            .withNewStatus()
            .addToAllocatable("nvidia.com/gpu", new Quantity("8"))
            .addNewCondition()
            .withType("MemoryPressure")
            .withStatus("False")
            .endCondition()
            .addNewCondition()
            .withType("Ready")
            .withStatus("True")
            .endCondition()
            .endStatus()
            .build();

    assertThat(ObjectFacts.of(node))
        .isEqualTo(
            new ClusterSnapshot.Node(
                "n1",
                Map.of("pool", "gpu"),
                true,
                Optional.empty(),
                false,
                new ClusterSnapshot.Offers(Map.of(), Map.of("nvidia.com/gpu", 8L))));
  }

  @ParameterizedTest
  @CsvSource({
    "False, 2026-01-02T03:04:05Z, 2026-01-02T03:04:05Z",
    "Unknown, 2026-01-02T03:04:05+01:00, 2026-01-02T02:04:05Z",
    ", 2026-01-02T03:04:05Z, 2026-01-02T03:04:05Z",
    "False, , 1970-01-01T00:00:00Z",
    "False, yesterday, 1970-01-01T00:00:00Z",
  })
  void node_notReady_isSoSinceItsTransition(String status, String at, Instant since) {
    var node =
        new NodeBuilder()
            .withNewMetadata()
            .withName("n1")
            .endMetadata()
            .withNewStatus()
            .addNewCondition()
            .withType("Ready")
            .withStatus(status)
            .withLastTransitionTime(at)
            .endCondition()
            .endStatus()
            .build();

    assertThat(ObjectFacts.of(node).notReadySince()).contains(since);
    assertThat(ObjectFacts.of(node).hasGpus()).isFalse();
  }

  @Test
  void node_withoutStatus_isNotReadySinceItExists() {
    var node =
        new NodeBuilder()
            .withNewMetadata()
            .withName("n1")
            .withCreationTimestamp("2026-01-02T03:04:05Z")
            .endMetadata()
            .build();

    assertThat(ObjectFacts.of(node))
        .isEqualTo(
            new ClusterSnapshot.Node(
                "n1", Map.of(), false, Optional.of(Instant.parse("2026-01-02T03:04:05Z"))));
  }

  @Test
  void workloads_eachKind_isTold() {
    ObjectMeta names = pod().build().getMetadata();
    Map<String, String> labels = Map.of("app", "a");

    assertThat(ObjectFacts.of(new DeploymentBuilder().withMetadata(names).build()))
        .isEqualTo(new Workload(WorkloadKind.DEPLOYMENT, "ns", "p", labels, Map.of()));
    assertThat(ObjectFacts.of(new StatefulSetBuilder().withMetadata(names).build()))
        .isEqualTo(new Workload(WorkloadKind.STATEFUL_SET, "ns", "p", labels, Map.of()));
    assertThat(ObjectFacts.of(new ReplicaSetBuilder().withMetadata(names).build()))
        .isEqualTo(new ReplicaSetFacts("ns", "p", Owner.NONE));
  }

  @Test
  void service_selector_isKeptAndMayBeMissing() {
    ObjectMeta names = pod().build().getMetadata();
    var whole =
        new ServiceBuilder()
            .withMetadata(names)
            .withNewSpec()
            .addToSelector("app", "a")
            .endSpec()
            .build();
    var selectsNothing = new ServiceBuilder().withMetadata(names).withNewSpec().endSpec().build();
    selectsNothing.getSpec().setSelector(null);

    assertThat(ObjectFacts.of(whole).podSelector()).isEqualTo(Map.of("app", "a"));
    assertThat(ObjectFacts.of(selectsNothing).podSelector()).isEmpty();
    assertThat(ObjectFacts.of(new ServiceBuilder().withMetadata(names).build()).podSelector())
        .isEmpty();
  }
}
