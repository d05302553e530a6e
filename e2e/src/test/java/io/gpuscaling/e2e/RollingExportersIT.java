package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.Installation.LeaseTimes;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.SeparateInstallation;
import io.gpuscaling.e2e.world.SteadyReader;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.controlplane.KubernetesApi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** A rolling update of the exporters, as people see it who read sums all the while. */
@Tag("alone")
@Timeout(240)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RollingExportersIT {

  private static final String NAMESPACE = "rolling-it";
  private static final String PER_NODE = "active_gpu_processing_tasks_per_worker_node";
  private static final String FREE = "gpu_vram_free_bytes";
  private static final List<String> NODES = List.of("roll-node-1", "roll-node-2", "roll-node-3");

  /** FB_FREE of the recorded page, three times. */
  private static final double FREE_BYTES = 3 * 23_659_020_288.0;

  private final SeparateInstallation separate;
  private final ControlPlane plane;
  private final Installation installation;
  private final MetricsApi metrics;
  private final List<Exporter> exporters = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();

  RollingExportersIT() {
    separate =
        SeparateInstallation.start(
            Path.of("target", "rolling"),
            new LeaseTimes(Duration.ofSeconds(10), SeparateInstallation.SHIPPED_FRESHNESS),
            "");
    plane = separate.plane();
    installation = separate.installation();
    metrics = new MetricsApi(plane);
  }

  @BeforeAll
  void runTenTasksOnThreeNodes() {
    plane.objects().namespace(NAMESPACE);
    for (String node : NODES) {
      plane.objects().gpuNode(node, 8);
      exporters.add(Exporter.onNode(installation, node));
    }
    for (int i = 0; i < NODES.size(); i++) {
      var pod = GpuPod.onNode(NAMESPACE, "worker-" + i, NODES.get(i)).withGpus(1);
      plane.objects().pod(pod);
      plane.objects().awaitReady(pod);
      workers.add(Worker.inPod(installation, pod, exporters.get(i)));
    }
    workers.get(0).start(5);
    workers.get(1).start(4);
    workers.get(2).start(1);
    awaitOnBothAdapters(PER_NODE, 10);
    awaitOnBothAdapters(FREE, FREE_BYTES);
  }

  @AfterAll
  void stop() {
    workers.forEach(Worker::vanish);
    exporters.forEach(Exporter::close);
    separate.close();
  }

  /** The relay takes the adapters in turn. */
  private void awaitOnBothAdapters(String metric, double total) {
    for (int i = 0; i < 10; i++) {
      metrics.awaitTotal(NAMESPACE, metric, "", total);
    }
  }

  private KubernetesApi.Answer read(String metric, Set<Double> totals) {
    KubernetesApi.Answer answer = metrics.external(NAMESPACE, metric, "");
    if (answer.isSuccess()) {
      totals.add(MetricsApi.total(answer));
    }
    return answer;
  }

  @Test
  void rollingUpdateOfAllExporters_readAllTheWhile_leavesEverySumAsItIs() {
    Set<Double> tasks = new ConcurrentSkipListSet<>();
    Set<Double> free = new ConcurrentSkipListSet<>();
    SteadyReader ofTasks = SteadyReader.start(20, () -> read(PER_NODE, tasks));
    SteadyReader ofGpus = SteadyReader.start(20, () -> read(FREE, free));
    try (ofTasks;
        ofGpus) {
      // As a DaemonSet does: the next one goes as soon as one is ready, long before its workers
      // have all announced themselves again.
      for (int i = 0; i < NODES.size(); i++) {
        exporters.set(i, exporters.get(i).restart());
      }
      // Until what the new processes say is believed again.
      for (Exporter exporter : exporters) {
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> exporter.page().contains("gpuscaling_source_up{source=\"lease\",} 1.0"));
      }
    }
    assertThat(ofTasks.failures()).isEmpty();
    assertThat(ofGpus.failures()).isEmpty();
    assertThat(tasks).containsExactly(10.0);
    assertThat(free).containsExactly(FREE_BYTES);
    assertThat(ofTasks.reads()).isGreaterThan(50);

    workers.get(2).start(3);
    awaitOnBothAdapters(PER_NODE, 13);
  }
}
