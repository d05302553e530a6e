package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Autoscaler;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What DCGM says of two nodes, from a recorded page to {@code kubectl get --raw}. */
@Timeout(300)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeviceMetricsIT {

  private static final String NAMESPACE = "nodes-it";
  private static final List<String> NODES = List.of("device-node-1", "device-node-2");

  /** 22563 MiB, FB_FREE of the recorded page. */
  private static final double FREE_BYTES = 23_659_020_288.0;

  private final ControlPlane plane;
  private final MetricsApi metrics;
  private final List<Exporter> exporters = new ArrayList<>();

  DeviceMetricsIT(Installation installation) {
    this.plane = installation.plane();
    this.metrics = new MetricsApi(plane);
    for (String node : NODES) {
      plane.objects().gpuNode(node, 1);
      exporters.add(Exporter.onNode(installation, node));
    }
  }

  @AfterAll
  void stop() {
    exporters.forEach(Exporter::close);
    NODES.forEach(plane.objects()::deleteNode);
  }

  @Test
  void freeVram_ofTwoNodes_addsUp_whereNodesAreGranted() {
    metrics.awaitTotal(NAMESPACE, "gpu_vram_free_bytes", "", 2 * FREE_BYTES);
    metrics.awaitTotal(NAMESPACE, "gpu_vram_free_bytes", "node=device-node-2", FREE_BYTES);
    metrics.awaitTotal(NAMESPACE, "gpu_count", "", 2);

    var denied = metrics.external("default", "gpu_vram_free_bytes", "");
    assertThat(denied.status()).isEqualTo(403);
    assertThat(denied.body().path("message").asString()).contains("not granted").contains("grants");
  }

  @Test
  void utilization_ofTwoNodes_doesNotAddUp_andNamesTheLabel() {
    metrics.awaitTotal(NAMESPACE, "gpu_utilization_ratio", "node=device-node-1", 0);

    var both = metrics.external(NAMESPACE, "gpu_utilization_ratio", "");
    assertThat(both.status()).isEqualTo(400);
    assertThat(both.body().path("message").asString())
        .contains("gpu_utilization_ratio does not add up")
        .contains("label node");
  }

  @Test
  void hpa_onAMetricThatDoesNotAddUp_orThatIsNotGranted_holdsAndSaysWhy() {
    plane.objects().namespace(NAMESPACE);
    var ratio =
        Autoscaler.create(
            plane,
            NAMESPACE,
            "by-ratio",
            1,
            5,
            "",
            Autoscaler.external("gpu_utilization_ratio", "", 1));
    ratio.awaitScalingInactive("gpu_utilization_ratio does not add up");
    plane.objects().namespace("ungranted-it");
    var denied =
        Autoscaler.create(
            plane, "ungranted-it", "by-count", 1, 5, "", Autoscaler.external("gpu_count", "", 1));
    denied.awaitScalingInactive("namespace ungranted-it is not granted");

    ratio.assertHolds(1, Duration.ofSeconds(3));
    denied.assertHolds(1, Duration.ofSeconds(1));
    assertThat(ratio.describe()).contains("label node");
    ratio.delete();
    denied.delete();
  }

  @Test
  void nodes_asObjects_areReadByKubectl() {
    metrics.awaitTotal(NAMESPACE, "gpu_count", "", 2);

    var result =
        plane
            .kubectl()
            .run("get", "--raw", "/apis/custom.metrics.k8s.io/v1beta2/nodes/*/gpu_vram_free_bytes");

    assertThat(result.exitCode()).isZero();
    assertThat(result.stdout())
        .contains("\"kind\":\"Node\"")
        .contains("device-node-1")
        .contains("device-node-2")
        .contains("\"value\":\"23659020288\"");
  }
}
