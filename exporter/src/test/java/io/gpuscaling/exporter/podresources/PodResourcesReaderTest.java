package io.gpuscaling.exporter.podresources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.dcgm.DeviceHolders;
import io.gpuscaling.exporter.dcgm.PodRef;
import io.gpuscaling.proto.podresources.v1.ClaimResource;
import io.gpuscaling.proto.podresources.v1.ContainerDevices;
import io.gpuscaling.proto.podresources.v1.ContainerResources;
import io.gpuscaling.proto.podresources.v1.DynamicResource;
import io.gpuscaling.proto.podresources.v1.ListPodResourcesResponse;
import io.gpuscaling.proto.podresources.v1.PodResources;
import io.grpc.Status;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class PodResourcesReaderTest {

  @TempDir private Path folder;
  private FakeKubelet kubelet;
  private PodResourcesReader reader;
  private final CollectorRegistry registry = new CollectorRegistry();

  /** Added to the real time. */
  private final AtomicLong leapNanos = new AtomicLong();

  private final Ticker ticker = () -> Ticker.system().nanos() + leapNanos.get();

  @SuppressWarnings("NullAway.Init") // before each test
  PodResourcesReaderTest() {}

  @BeforeEach
  void open() throws IOException {
    Path socket = folder.resolve("kubelet.sock");
    kubelet = new FakeKubelet(socket);
    reader = reader(registry, Duration.ofMillis(100));
  }

  private PodResourcesReader reader(CollectorRegistry in, Duration interval) {
    return new PodResourcesReader(
        new PodResourcesSettings(folder.resolve("kubelet.sock"), interval),
        () -> Map.of("MIG-x", "GPU-8/3"),
        in,
        ticker,
        new SplittableRandom(1));
  }

  @AfterEach
  void close() throws Exception {
    reader.close();
    kubelet.close();
  }

  private static PodResources pod(String name, String resource, String... ids) {
    return PodResources.newBuilder()
        .setNamespace("n")
        .setName(name)
        .addContainers(
            ContainerResources.newBuilder()
                .setName("c")
                .addDevices(
                    ContainerDevices.newBuilder()
                        .setResourceName(resource)
                        .addAllDeviceIds(List.of(ids))))
        .build();
  }

  private static ListPodResourcesResponse list(PodResources... pods) {
    return ListPodResourcesResponse.newBuilder().addAllPodResources(List.of(pods)).build();
  }

  private static DeviceHolders.Holders held(boolean replica, String... pods) {
    return new DeviceHolders.Holders(
        Arrays.stream(pods).map(pod -> new PodRef("n", pod, "c")).toList(), replica);
  }

  private double lists(String outcome) {
    Double count =
        registry.getSampleValue(
            "gpuscaling_pod_resources_lists_total",
            new String[] {"outcome"},
            new String[] {outcome});
    return count == null ? 0 : count;
  }

  @Test
  void list_saysWhoHoldsWhat() {
    kubelet.answer(
        list(
            pod("a", "nvidia.com/gpu", "GPU-1", "GPU-2"),
            pod("b", "nvidia.com/gpu.shared", "GPU-3::0"),
            pod("c", "nvidia.com/gpu.shared", "GPU-3::1"),
            pod("d", "nvidia.com/mig-1g.10gb", "MIG-x"),
            pod("e", "cpu.example.com/x", "GPU-9"),
            pod("f", "nvidia.com/gpu", "nvidia4/gi3")));
    assertThat(reader.now()).isEqualTo(DeviceHolders.UNKNOWN);
    reader.start();

    await().until(() -> reader.now().complete());
    assertThat(reader.now().byDevice())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "GPU-1", held(false, "a"),
                "GPU-2", held(false, "a"),
                "GPU-3", held(true, "b", "c"),
                "GPU-8/3", held(false, "d"),
                "nvidia4/3", held(false, "f")));
  }

  @Test
  void deviceThatCannotBeTold_makesTheListIncomplete() {
    kubelet.answer(
        list(pod("a", "nvidia.com/gpu", "GPU-1"), pod("b", "nvidia.com/mig-1g.5gb", "MIG-y")));
    reader.start();

    await().until(() -> lists("ok") > 0);
    assertThat(reader.now().complete()).isFalse();
    assertThat(reader.now().byDevice()).containsOnlyKeys("GPU-1");
    await().until(() -> unmapped("mig_uuid") == 1);

    kubelet.answer(
        list(
            PodResources.newBuilder()
                .addContainers(
                    ContainerResources.newBuilder()
                        .addDynamicResources(
                            DynamicResource.newBuilder()
                                .addClaimResources(
                                    ClaimResource.newBuilder()
                                        .setDriverName("gpu.nvidia.com")
                                        .setDeviceName("gpu-0"))))
                .build()));
    await().until(() -> reader.now().byDevice().isEmpty());
    assertThat(reader.now().complete()).isFalse();
    await().until(() -> unmapped("claim_gpu") == 1);
    assertThat(unmapped("mig_uuid")).isZero();
  }

  private double unmapped(String reason) {
    return registry.getSampleValue(
        "gpuscaling_pod_resources_unmapped_devices",
        new String[] {"reason"},
        new String[] {reason});
  }

  @Test
  void podThatGoes_isGoneWithTheNextList() {
    kubelet.answer(list(pod("a", "nvidia.com/gpu", "GPU-1")));
    reader.start();
    await().until(() -> reader.now().byDevice().containsKey("GPU-1"));

    kubelet.answer(list());

    await().until(() -> reader.now().byDevice().isEmpty());
    assertThat(reader.now().complete()).isTrue();
  }

  @Test
  void messageAboveFourMebibytes_isRead() {
    String[] ids = new String[100_000];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = "GPU-%050d".formatted(i);
    }
    ListPodResourcesResponse large = list(pod("a", "nvidia.com/gpu", ids));
    assertThat(large.getSerializedSize()).isGreaterThan(5 * 1024 * 1024);
    kubelet.answer(large);
    // An answer holds for three intervals from its question: on a busy machine this one takes long.
    try (var patient = reader(new CollectorRegistry(), Duration.ofSeconds(3))) {
      patient.start();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> patient.now().byDevice().size() == ids.length);
    }
  }

  @Test
  void socketThatIsMadeAnew_isFoundAgain_andTheOldAnswerEnds() throws Exception {
    kubelet.answer(list(pod("a", "nvidia.com/gpu", "GPU-1")));
    reader.start();
    await().until(() -> reader.now().complete());

    kubelet.stop();
    await().until(() -> lists("unavailable") > 1);
    leapNanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(reader.now()).isEqualTo(DeviceHolders.UNKNOWN);
    kubelet.answer(list(pod("b", "nvidia.com/gpu", "GPU-1")));
    kubelet.start();

    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> held(false, "b").equals(reader.now().byDevice().get("GPU-1")));
  }

  @Test
  void refusal_isCountedAndAnswersAgainLater() {
    kubelet.refuse(Status.RESOURCE_EXHAUSTED.withDescription("rejected by rate limit"));
    reader.start();
    await().until(() -> lists("resource_exhausted") > 0);
    assertThat(reader.now()).isEqualTo(DeviceHolders.UNKNOWN);

    kubelet.refuse(null);

    await().until(() -> reader.now().complete());
  }

  @Test
  void rate_isThatOfTheInterval() {
    reader.start();
    long startedAtNanos = Ticker.system().nanos();
    await().until(() -> kubelet.calls() >= 5);
    double seconds = (Ticker.system().nanos() - startedAtNanos) / 1e9;

    // An interval is shortened by a tenth at most.
    assertThat(kubelet.calls()).isLessThanOrEqualTo((int) (seconds / 0.09) + 2);
  }
}
