package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Autoscaler;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.controlplane.KubernetesApi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A sum that lacks a contributor is an error, never a smaller number. */
@Timeout(240)
@ExtendWith(InstallationExtension.class)
class IncompleteSumIT {

  private static final String NAMESPACE = "incomplete-it";
  private static final String PER_NODE = "active_gpu_processing_tasks_per_worker_node";
  private static final List<String> NODES = List.of("sum-node-1", "sum-node-2", "sum-node-3");
  private static final int TASKS_PER_NODE = 5;
  private static final Duration SOME_PERIODS = Duration.ofSeconds(8);

  private final Installation installation;
  private final ControlPlane plane;
  private final MetricsApi metrics;
  private final List<Exporter> exporters = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();

  IncompleteSumIT(Installation installation) {
    this.installation = installation;
    this.plane = installation.plane();
    this.metrics = new MetricsApi(plane);
  }

  @BeforeEach
  void runFiveTasksOnEachOfThreeNodes() {
    plane.objects().namespace(NAMESPACE);
    for (String node : NODES) {
      plane.objects().gpuNode(node, 8);
      Exporter exporter = Exporter.onNode(installation, node);
      exporters.add(exporter);
      var pod = GpuPod.onNode(NAMESPACE, "worker-" + node, node).withGpus(1);
      plane.objects().pod(pod);
      plane.objects().awaitReady(pod);
      Worker worker = Worker.inPod(installation, pod, exporter);
      worker.start(TASKS_PER_NODE);
      workers.add(worker);
    }
    metrics.awaitTotal(NAMESPACE, PER_NODE, "", 15);
  }

  @AfterEach
  void stop() {
    workers.forEach(Worker::vanish);
    exporters.forEach(Exporter::close);
    for (String node : NODES) {
      var _ = plane.api().delete("/api/v1/namespaces/" + NAMESPACE + "/pods/worker-" + node);
      var _ = plane.api().delete("/api/v1/nodes/" + node); // one test has deleted one itself
    }
  }

  @Test
  void exporterKilled_hpaHoldsAndSaysWhy_nodeDeleted_leavesTheSum_allKilled_holds() {
    var hpa =
        Autoscaler.create(
            plane, NAMESPACE, "holding", 1, 20, "", Autoscaler.external(PER_NODE, "", 5));
    hpa.awaitReplicas(3);

    exporters.get(1).process().kill();
    hpa.awaitScalingInactive("incomplete: 1 of 3 nodes: sum-node-2 (");
    hpa.assertHolds(3, SOME_PERIODS);
    assertThat(hpa.describe()).contains("incomplete: 1 of 3 nodes: sum-node-2 (");

    plane.objects().deleteNode("sum-node-2");
    hpa.awaitScalingActive();
    hpa.awaitReplicas(2);

    exporters.get(0).process().kill();
    exporters.get(2).process().kill();
    hpa.awaitScalingInactive("incomplete: 2 of 2 nodes");
    hpa.assertHolds(2, SOME_PERIODS);
    hpa.delete();
  }

  @Test
  void oneOfTwoAdaptersKilled_theOtherAnswers_andEveryAnswerIsCompleteOrAnError() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    List<Double> totals = new ArrayList<>();
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              while (!done.get()) {
                KubernetesApi.Answer answer = metrics.external(NAMESPACE, PER_NODE, "");
                if (answer.isSuccess()) {
                  totals.add(MetricsApi.total(answer));
                }
              }
            });

    for (int index : List.of(0, 1)) {
      installation.adapters().get(index).process().kill();
      metrics.awaitTotal(NAMESPACE, PER_NODE, "", 15); // the other one answers, and completely
      installation.restartAdapter(index);
      metrics.awaitTotal(NAMESPACE, PER_NODE, "", 15);
    }
    done.set(true);
    reader.join();

    assertThat(totals).hasSizeGreaterThan(20).allMatch(total -> total == 15);
  }
}
