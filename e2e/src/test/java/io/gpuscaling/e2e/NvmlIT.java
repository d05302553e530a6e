package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.PodResources;
import io.gpuscaling.e2e.world.StubNvml;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * An exporter without dcgm-exporter: NVIDIA's management library and the kubelet's socket say what
 * GPUs there are, whose they are and how many processes run on them, and the cluster reads it.
 */
@Timeout(300)
@ExtendWith(InstallationExtension.class)
class NvmlIT {

  private static final String NAMESPACE = "nvml-it";
  private static final String NODE = "nvml-node";
  private static final Duration DEADLINE = Duration.ofSeconds(90);

  private final Installation installation;
  private final ControlPlane plane;
  private final MetricsApi metrics;

  NvmlIT(Installation installation) {
    this.installation = installation;
    this.plane = installation.plane();
    this.metrics = new MetricsApi(plane);
  }

  @Test
  void memoryAndProcessesOfAGpu_reachTheMetricsApis() {
    Path folder = ScratchFolder.empty(installation.folder("nvml")).toAbsolutePath();
    StubNvml nvml = StubNvml.compile(folder);
    plane.objects().namespace(NAMESPACE);
    plane.objects().gpuNode(NODE, 2);
    var pod = GpuPod.onNode(NAMESPACE, "training", NODE).withGpus(1);
    plane.objects().pod(pod);
    plane.objects().awaitReady(pod);
    Path socket = folder.resolve("kubelet.sock");
    try (PodResources _ = PodResources.serve(socket, pod, StubNvml.WHOLE);
        Exporter exporter =
            Exporter.withoutDcgm(
                installation,
                NODE,
                List.of(
                    "--nvml-mode=auto",
                    "--nvml-library=" + nvml.library(),
                    "--nvml-interval=1s",
                    "--pod-resources-socket=" + socket,
                    "--pod-resources-interval=1s",
                    "--tasks-source=nvml"))) {
      String ofGpu = "node=" + NODE + ",uuid=" + StubNvml.WHOLE;
      metrics.awaitTotal("nodes-it", "gpu_vram_used_bytes", ofGpu, StubNvml.USED_BYTES);
      metrics.awaitTotal("nodes-it", "gpu_power_watts", ofGpu, 250.5);
      // Three processes with a compute context: two, and one more by MPS.
      metrics.awaitTotal(NAMESPACE, "gpu_tasks_active", "pod=training", 3);
      var ofPod =
          plane
              .api()
              .await(
                  "/apis/custom.metrics.k8s.io/v1beta2/namespaces/"
                      + NAMESPACE
                      + "/pods/training/gpu_vram_used_bytes",
                  DEADLINE,
                  answer -> answer.isSuccess());
      assertThat(ofPod.body().at("/items/0/value").asString("")).isEqualTo("8589934592");
      assertThat(exporter.page())
          .contains("gpuscaling_nvml_reads_total{outcome=\"ok\",}")
          .containsPattern("gpuscaling_nvml_compute_processes\\{[^}]*GPU-1[^}]*} 3\\.0");

      nvml.tell("busy");
      metrics.awaitTotal(NAMESPACE, "gpu_tasks_active", "pod=training", 40);
    } finally {
      plane.objects().deleteNode(NODE);
    }
  }
}
