package io.gpuscaling.exporter.podresources;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.exporter.dcgm.DeviceHolders;
import io.gpuscaling.exporter.dcgm.PodRef;
import io.gpuscaling.proto.podresources.v1.CDIDevice;
import io.gpuscaling.proto.podresources.v1.ClaimResource;
import io.gpuscaling.proto.podresources.v1.ContainerDevices;
import io.gpuscaling.proto.podresources.v1.ContainerResources;
import io.gpuscaling.proto.podresources.v1.DynamicResource;
import io.gpuscaling.proto.podresources.v1.ListPodResourcesResponse;
import io.gpuscaling.proto.podresources.v1.PodResources;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names as NVIDIA's driver for resource claims makes them, and what a list with them comes to. */
final class ClaimDeviceTest {

  private static final String CLAIM = "a1b2c3d4-0000-4000-8000-0123456789ab";

  /** What NVML shows: minor numbers that are not the indices. */
  private static final Map<String, String> DEVICES =
      Map.of("gpu-0", "GPU-b", "gpu-1", "GPU-a", "MIG-7", "GPU-c/3");

  private static ClaimResource device(String name, String... cdi) {
    var resource =
        ClaimResource.newBuilder()
            .setDriverName("gpu.nvidia.com")
            .setPoolName("node-a")
            .setDeviceName(name);
    for (String each : cdi) {
      resource.addCdiDevices(CDIDevice.newBuilder().setName(each));
    }
    return resource.build();
  }

  private static PodResources pod(String name, ClaimResource... devices) {
    return PodResources.newBuilder()
        .setNamespace("n")
        .setName(name)
        .addContainers(
            ContainerResources.newBuilder()
                .setName("c")
                .addDynamicResources(
                    DynamicResource.newBuilder()
                        .setClaimName("claim-of-" + name)
                        .setClaimNamespace("n")
                        .addAllClaimResources(List.of(devices))))
        .build();
  }

  private static HolderList.Mapped read(PodResources... pods) {
    return HolderList.of(
        ListPodResourcesResponse.newBuilder().addAllPodResources(List.of(pods)).build(), DEVICES);
  }

  @Test
  void gpu_isFoundByItsMinorNumber_whereNvmlSaysWhoseItIs() {
    assertThat(ClaimDevice.of(device("gpu-0"), DEVICES)).isEqualTo(new ClaimDevice.Known("GPU-b"));
    assertThat(ClaimDevice.of(device("gpu-0"), Map.of()))
        .isEqualTo(new ClaimDevice.Unknown(UnmappedDevice.CLAIM_GPU));
    assertThat(ClaimDevice.of(device("gpu-9"), DEVICES))
        .isEqualTo(new ClaimDevice.Unknown(UnmappedDevice.CLAIM_GPU));
  }

  /**
   * Both spellings of the driver: profile, start and size; a word for the profile, profile, start.
   */
  @ParameterizedTest
  @CsvSource({
    "gpu-0-mig-19-0-1, GPU-m/3",
    "gpu-0-mig-1g5gb-19-0, GPU-m/3",
    "gpu-0-mig-14-2-2, GPU-m/5",
    "gpu-0-mig-1g10gb-me-14-2, GPU-m/5",
  })
  void instance_isFoundByItsPlace_whereNvmlSaysWhoseItIs(String name, String instance) {
    Map<String, String> places =
        Map.of("gpu-0-mig-19-0", "GPU-m/3", "gpu-0-mig-14-2", "GPU-m/5", "gpu-0", "GPU-m");
    assertThat(ClaimDevice.of(device(name), places)).isEqualTo(new ClaimDevice.Known(instance));
    assertThat(ClaimDevice.of(device(name.replace("gpu-0", "gpu-1")), places))
        .isEqualTo(new ClaimDevice.Unknown(UnmappedDevice.CLAIM_INSTANCE));
  }

  @Test
  void cdiNames_tellTheSame_orNothingIsBelieved() {
    String ofDevice = "k8s.gpu.nvidia.com/device=gpu-1";
    String ofClaim = "k8s.gpu.nvidia.com/claim=" + CLAIM + "-gpu-1";
    var known = new ClaimDevice.Known("GPU-a");
    assertThat(ClaimDevice.of(device("gpu-1", ofDevice, ofClaim), DEVICES)).isEqualTo(known);
    // Kubelets before 1.31 tell CDI names alone.
    assertThat(ClaimDevice.of(device("", ofDevice), DEVICES)).isEqualTo(known);
    assertThat(ClaimDevice.of(device("", ofClaim), DEVICES)).isEqualTo(known);
    assertThat(ClaimDevice.of(device("gpu-1", "nvidia.com/gpu=0"), DEVICES)).isEqualTo(known);
    assertThat(ClaimDevice.of(device("gpu-0", ofClaim), DEVICES))
        .isEqualTo(new ClaimDevice.Unknown(UnmappedDevice.CONTRADICTORY));
  }

  @ParameterizedTest
  @CsvSource({
    "gpu-0-mig-9-4-4, CLAIM_INSTANCE",
    "gpu-0-mig-1g10gb-19-0, CLAIM_INSTANCE",
    "gpu-3-mig-1g10gb-me-20-6, CLAIM_INSTANCE",
    "gpu-0-mig-19-0, CLAIM_INSTANCE",
    "gpu-0-mig-x, CLAIM_INSTANCE",
    "gpu-vfio-0, CLAIM_PASSTHROUGH",
    "gpu-, NOT_UNDERSTOOD",
    "gpu-0-, NOT_UNDERSTOOD",
    "gpu-12345, NOT_UNDERSTOOD",
    "GPU-0, NOT_UNDERSTOOD",
    "nvidia0, NOT_UNDERSTOOD",
    "'', NOT_UNDERSTOOD",
  })
  void otherNames_tellNoGpu(String name, UnmappedDevice reason) {
    assertThat(ClaimDevice.of(device(name), DEVICES)).isEqualTo(new ClaimDevice.Unknown(reason));
  }

  @Test
  void list_ofClaims_saysWhoHoldsWhat() {
    HolderList.Mapped mapped =
        read(pod("a", device("gpu-0")), pod("b", device("gpu-1")), pod("c", device("gpu-1")));
    assertThat(mapped.unmapped()).isEmpty();
    assertThat(mapped.holders().complete()).isTrue();
    assertThat(mapped.holders().exclusiveHolder(List.of("GPU-b")))
        .isEqualTo(new PodRef("n", "a", "c"));
    // A claim that two pods share.
    assertThat(mapped.holders().exclusiveHolder(List.of("GPU-a"))).isNull();
  }

  @Test
  void shareOfADevice_isNobodysOwn() {
    ClaimResource share = device("gpu-0").toBuilder().setShareId("s-1").build();
    assertThat(read(pod("a", share)).holders().byDevice())
        .isEqualTo(
            Map.of("GPU-b", new DeviceHolders.Holders(List.of(new PodRef("n", "a", "c")), true)));
  }

  @Test
  void gpuUnderTwoNames_isHeldByBoth() {
    DeviceHolders holders =
        new DeviceHolders(
            Map.of(
                "GPU-b", new DeviceHolders.Holders(List.of(new PodRef("n", "a", "c")), false),
                "nvidia0", new DeviceHolders.Holders(List.of(new PodRef("n", "b", "c")), false)),
            true);
    assertThat(holders.exclusiveHolder(List.of("GPU-b", "nvidia0"))).isNull();
    assertThat(holders.exclusiveHolder(List.of("GPU-b", "nvidia9")))
        .isEqualTo(new PodRef("n", "a", "c"));
  }

  @Test
  void whatCannotBeTold_isCountedByItsReason_andNothingIsFree() {
    ClaimResource other =
        ClaimResource.newBuilder().setDriverName("compute-domain.nvidia.com").build();
    PodResources plugged =
        PodResources.newBuilder()
            .setName("p")
            .addContainers(
                ContainerResources.newBuilder()
                    .addDevices(
                        ContainerDevices.newBuilder()
                            .setResourceName("nvidia.com/gpu")
                            .addAllDeviceIds(
                                List.of("MIG-7", "MIG-8", "MIG-9::1", "gpu-1", "GPU-x"))))
            .build();
    HolderList.Mapped mapped = read(pod("a", device("gpu-0-mig-9-4-4"), other), plugged);
    assertThat(mapped.unmapped())
        .isEqualTo(
            Map.of(
                UnmappedDevice.CLAIM_INSTANCE, 1,
                UnmappedDevice.MIG_UUID, 2,
                UnmappedDevice.NOT_UNDERSTOOD, 1));
    assertThat(mapped.holders().complete()).isFalse();
    assertThat(mapped.holders().byDevice()).containsOnlyKeys("GPU-c/3", "GPU-x");
  }
}
