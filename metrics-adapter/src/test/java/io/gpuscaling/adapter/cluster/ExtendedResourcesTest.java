package io.gpuscaling.adapter.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExtendedResourcesTest {

  private static final String GPU = "nvidia.com/gpu";

  private static Container container(String gpus) {
    return new ContainerBuilder()
        .withNewResources()
        .addToLimits(GPU, new Quantity(gpus))
        .addToRequests("cpu", new Quantity("1"))
        .endResources()
        .build();
  }

  private static Container sidecar(String gpus) {
    Container container = container(gpus);
    container.setRestartPolicy("Always");
    return container;
  }

  private static PodSpec pod(Container[] init, Container... containers) {
    return new PodSpecBuilder().withInitContainers(init).withContainers(containers).build();
  }

  @Test
  void containersTogether_orTheLargestBefore() {
    Container[] none = {};
    assertThat(ExtendedResources.of(pod(none, container("1"), container("2"))))
        .isEqualTo(Map.of(GPU, 3L));
    assertThat(ExtendedResources.of(pod(new Container[] {container("4")}, container("1"))))
        .isEqualTo(Map.of(GPU, 4L));
    assertThat(
            ExtendedResources.of(
                pod(new Container[] {sidecar("1"), container("2")}, container("1"))))
        .isEqualTo(Map.of(GPU, 3L));
    assertThat(ExtendedResources.of(pod(none, new Container()))).isEmpty();
  }

  @Test
  void onlyWholeExtendedResources_areCounted() {
    assertThat(
            ExtendedResources.of(
                Map.of(
                    "cpu", new Quantity("4"),
                    "memory", new Quantity("1Gi"),
                    "hugepages-2Mi", new Quantity("1Gi"),
                    "batch.kubernetes.io/cpu", new Quantity("1"),
                    "nvidia.com/mig-1g.10gb", new Quantity("7"),
                    "amd.com/gpu", new Quantity("0"),
                    "intel.com/gpu", new Quantity("many"))))
        .isEqualTo(Map.of("nvidia.com/mig-1g.10gb", 7L));
    assertThat(ExtendedResources.of((Map<String, Quantity>) null)).isEmpty();
  }

  @Test
  void requestsBesideLimits_countOnce() {
    Container both =
        new ContainerBuilder()
            .withNewResources()
            .addToLimits(GPU, new Quantity("2"))
            .addToRequests(GPU, new Quantity("2"))
            .addToRequests("rdma/hca", new Quantity("1"))
            .endResources()
            .build();
    assertThat(ExtendedResources.of(pod(new Container[] {}, both)))
        .isEqualTo(Map.of(GPU, 2L, "rdma/hca", 1L));
  }

  @Test
  void nodeAndTemplate_tellTheirs() {
    var node =
        ObjectFacts.of(
            new NodeBuilder()
                .withNewMetadata()
                .withName("n")
                .endMetadata()
                .withNewSpec()
                .withUnschedulable(true)
                .endSpec()
                .withNewStatus()
                .addToCapacity(GPU, new Quantity("8"))
                .addToAllocatable(GPU, new Quantity("7"))
                .endStatus()
                .build());
    assertThat(node.isCordoned()).isTrue();
    assertThat(node.takesPods()).isFalse();
    assertThat(node.offers().capacity()).isEqualTo(Map.of(GPU, 8L));
    assertThat(node.offers().allocatable()).isEqualTo(Map.of(GPU, 7L));

    var workload =
        ObjectFacts.of(
            new DeploymentBuilder()
                .withNewMetadata()
                .withName("w")
                .withNamespace("ns")
                .endMetadata()
                .withNewSpec()
                .withNewTemplate()
                .withNewSpec()
                .withContainers(container("2"))
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());
    assertThat(workload.scale().orElseThrow().requests().extended()).isEqualTo(Map.of(GPU, 2L));
  }
}
