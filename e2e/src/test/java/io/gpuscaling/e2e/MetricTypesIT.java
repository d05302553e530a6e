package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Autoscaler;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The forms of HPA metrics that {@link TaskScalingIT} has not: values that are not divided by the
 * number of pods, and other objects than Deployments.
 */
@Timeout(180)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MetricTypesIT {

  private static final String NAMESPACE = "types-it";
  private static final String NODE = "types-node";

  private final Installation installation;
  private final ControlPlane plane;
  private final Exporter exporter;
  private final List<Worker> workers = new ArrayList<>();

  MetricTypesIT(Installation installation) {
    this.installation = installation;
    this.plane = installation.plane();
    plane.objects().namespace(NAMESPACE);
    plane.objects().gpuNode(NODE, 8);
    exporter = Exporter.onNode(installation, NODE);
  }

  @AfterAll
  void stop() {
    workers.forEach(Worker::vanish);
    exporter.close();
    plane.objects().deleteNode(NODE);
  }

  /** A Deployment of one worker that runs four tasks, with an HPA that wants two for each pod. */
  private Autoscaler fourTasks(String name, String metrics) {
    Autoscaler hpa = Autoscaler.create(plane, NAMESPACE, name, 1, 5, NODE, metrics);
    Worker worker = Worker.inPod(installation, hpa.awaitReadyPods(1).getFirst(), exporter);
    workers.add(worker);
    worker.start(4);
    return hpa;
  }

  @Test
  void externalMetric_withAValue_scalesByTheRatio() {
    Autoscaler hpa =
        fourTasks(
            "by-value",
            """
            - type: External
              external:
                metric: {name: gpu_tasks_active, selector: {matchLabels: {workload: by-value}}}
                target: {type: Value, value: "2"}
            """);

    hpa.awaitReplicas(2);
    hpa.delete();
  }

  @Test
  void objectMetric_ofAService_withAValue_scalesByTheRatio() {
    plane
        .kubectl()
        .apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: front, namespace: %s}
            spec: {selector: {app: by-service}, ports: [{port: 80}]}
            """
                .formatted(NAMESPACE));
    Autoscaler hpa =
        fourTasks(
            "by-service",
            """
            - type: Object
              object:
                describedObject: {apiVersion: v1, kind: Service, name: front}
                metric: {name: gpu_tasks_active}
                target: {type: Value, value: "2"}
            """);

    hpa.awaitReplicas(2);
    hpa.delete();
  }

  @Test
  void objectMetric_ofTheNamespace_whichNoMetricDescribes_holdsAndSaysSo() {
    Autoscaler hpa =
        Autoscaler.create(
            plane,
            NAMESPACE,
            "by-namespace",
            1,
            5,
            "",
            """
            - type: Object
              object:
                describedObject: {apiVersion: v1, kind: Namespace, name: types-it}
                metric: {name: gpu_tasks_active}
                target: {type: Value, value: "2"}
            """);

    hpa.awaitScalingInactive(
        "the server could not find the metric gpu_tasks_active for namespaces");
    assertThat(hpa.specReplicas()).isEqualTo(1);
    hpa.delete();
  }
}
