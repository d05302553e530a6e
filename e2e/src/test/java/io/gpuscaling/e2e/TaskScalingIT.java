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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Task leases scale Deployments: as External, Pods and Object metrics. */
@Timeout(240)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TaskScalingIT {

  private static final String NAMESPACE = "tasks-it";
  private static final String PER_NODE = "active_gpu_processing_tasks_per_worker_node";
  private static final List<String> NODES = List.of("task-node-1", "task-node-2", "task-node-3");

  private final Installation installation;
  private final ControlPlane plane;
  private final MetricsApi metrics;
  private final List<Exporter> exporters = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();

  TaskScalingIT(Installation installation) {
    this.installation = installation;
    this.plane = installation.plane();
    this.metrics = new MetricsApi(plane);
    plane.objects().namespace(NAMESPACE);
    for (String node : NODES) {
      plane.objects().gpuNode(node, 8);
      exporters.add(Exporter.onNode(installation, node));
    }
  }

  @AfterAll
  void stop() {
    workers.forEach(Worker::vanish);
    exporters.forEach(Exporter::close);
    NODES.forEach(plane.objects()::deleteNode);
  }

  private Worker worker(GpuPod pod) {
    Worker worker = Worker.inPod(installation, pod, exporters.get(NODES.indexOf(pod.node())));
    workers.add(worker);
    return worker;
  }

  @Test
  void tasksOnThreeNodes_scaleByTheirSum_andAKilledWorkerIsCountedForOneTimeToLive() {
    List<GpuPod> pods = new ArrayList<>();
    List<Worker> mine = new ArrayList<>();
    for (String node : NODES) {
      var pod = GpuPod.onNode(NAMESPACE, "worker-" + node, node).withGpus(1);
      plane.objects().pod(pod);
      plane.objects().awaitReady(pod);
      pods.add(pod);
      mine.add(worker(pod));
    }
    mine.get(0).start(8);
    mine.get(1).start(8);
    mine.get(2).start(7);
    var hpa =
        Autoscaler.create(
            plane, NAMESPACE, "by-tasks", 1, 20, "", Autoscaler.external(PER_NODE, "", 5));

    hpa.awaitReplicas(5);
    assertThat(metrics.external(NAMESPACE, PER_NODE, "").body().path("items")).hasSize(3);
    assertThat(MetricsApi.total(metrics.external(NAMESPACE, PER_NODE, "node=task-node-3")))
        .isEqualTo(7);

    mine.get(0).vanish();
    // Its tasks end with their leases; from then on its pod says nothing, and that is not zero.
    var silent =
        metrics.awaitExternal(
            NAMESPACE,
            PER_NODE,
            "",
            Installation.LEASE_TIME_TO_LIVE.plusSeconds(2),
            answer -> answer.status() == 503);
    assertThat(silent.body().path("message").asString())
        .contains("incomplete: 1 of 3 worker pods: worker-task-node-1 (no live task session)");

    assertThat(
            plane
                .api()
                .delete("/api/v1/namespaces/" + NAMESPACE + "/pods/" + pods.get(0).name())
                .isSuccess())
        .isTrue();
    metrics.awaitTotal(NAMESPACE, PER_NODE, "", 15);
    hpa.awaitReplicas(3);
    hpa.delete();
  }

  @Test
  void tasksOfPods_scaleAsPodsMetric_andTasksPerNodeAsObjectMetric() {
    var byPods =
        Autoscaler.create(
            plane,
            NAMESPACE,
            "by-pods",
            2,
            10,
            NODES.get(1),
            """
            - type: Pods
              pods:
                metric: {name: gpu_tasks_active}
                target: {type: AverageValue, averageValue: "2"}
            """);
    for (GpuPod pod : byPods.awaitReadyPods(2)) {
      worker(pod).start(4);
    }
    byPods.awaitReplicas(4);

    // 8 tasks on one node: 8 per node.
    var byObject =
        Autoscaler.create(
            plane,
            NAMESPACE,
            "by-object",
            1,
            10,
            "",
            """
            - type: Object
              object:
                describedObject: {apiVersion: apps/v1, kind: Deployment, name: by-pods}
                metric: {name: active_gpu_processing_tasks_per_worker_node}
                target: {type: AverageValue, averageValue: "4"}
            """);
    // The two pods that came with the scale-up have no session yet: their tasks are unknown.
    byObject.awaitScalingInactive("worker pods");
    var sessions = byPods.awaitReadyPods(4);
    for (GpuPod pod : sessions) {
      worker(pod);
    }
    byObject.awaitReplicas(2);
    byPods.assertHolds(4, Duration.ofSeconds(2));
    byObject.delete();
    byPods.delete();
  }
}
