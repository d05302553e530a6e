package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.gpuscaling.e2e.world.Autoscaler;
import io.gpuscaling.e2e.world.Backlog;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Queue depth scales a Deployment; a broker that is away holds it. */
@Timeout(240)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QueueScalingIT {

  private static final String QUEUE = "n8n.ai.generation.queue";
  private static final String OTHER_QUEUE = "video.jobs";
  private static final String NAMESPACE = "queues-it";
  private static final String NODE = "queues-node";
  private static final String READY = "rabbitmq_queue_messages_ready";

  /** Some HPA periods of 2 s, and longer than the stabilization of a scale-down. */
  private static final Duration SOME_PERIODS = Duration.ofSeconds(8);

  private final Installation installation;
  private final ControlPlane plane;
  private final RabbitMqBroker broker;
  private final Backlog backlog;
  private final Exporter exporter;
  private final Exporter queueReader;
  private final List<Worker> workers = new ArrayList<>();

  QueueScalingIT(Installation installation) throws Exception {
    this.installation = installation;
    this.plane = installation.plane();
    this.broker =
        RabbitMqBroker.start(ScratchFolder.empty(Path.of("target", "broker").toAbsolutePath()));
    this.backlog = new Backlog(broker);
    plane.objects().namespace(NAMESPACE);
    plane.objects().gpuNode(NODE, 16);
    backlog.declare(List.of(QUEUE, OTHER_QUEUE));
    this.exporter = Exporter.onNode(installation, NODE);
    this.queueReader =
        Exporter.ofQueues(
            installation, "queue-reader-it", broker.uri(), List.of(QUEUE, OTHER_QUEUE));
  }

  @BeforeAll
  void awaitQueues() {
    new MetricsApi(plane)
        .awaitTotal(NAMESPACE, READY, "queue in (" + QUEUE + "," + OTHER_QUEUE + ")", 0);
  }

  @AfterAll
  void stop() {
    workers.forEach(Worker::vanish);
    queueReader.close();
    exporter.close();
    broker.close();
    plane.objects().deleteNode(NODE);
  }

  @Test
  void backlogOf120_takesADeploymentTo12_andBusyWorkersHoldIt() throws Exception {
    var hpa =
        Autoscaler.create(
            plane,
            NAMESPACE,
            "generator",
            2,
            20,
            NODE,
            Autoscaler.external(READY, "queue: " + QUEUE, 10)
                + Autoscaler.external("gpu_workers_busy", "workload: generator", 1));
    hpa.assertHolds(2, Duration.ofSeconds(2));

    backlog.publish(QUEUE, 120);

    hpa.awaitReplicas(12);
    for (GpuPod pod : hpa.awaitReadyPods(12)) {
      workers.add(Worker.inPod(installation, pod, exporter));
    }
    try (Connection connection = backlog.connect()) {
      // Each worker takes 10 messages into its prefetch buffer and works on one of them: the queue
      // looks empty.
      List<Channel> channels = new ArrayList<>();
      for (Worker worker : workers) {
        Channel channel = connection.createChannel();
        channel.basicQos(10);
        for (int i = 0; i < 10; i++) {
          assertThat(channel.basicGet(QUEUE, false)).isNotNull();
        }
        channels.add(channel);
        worker.start(1);
      }
      new MetricsApi(plane).awaitTotal(NAMESPACE, READY, "queue=" + QUEUE, 0);
      new MetricsApi(plane).awaitTotal(NAMESPACE, "gpu_workers_busy", "workload=generator", 12);

      hpa.assertHolds(12, SOME_PERIODS);

      for (Channel channel : channels) {
        channel.basicAck(10, true);
      }
      workers.forEach(Worker::endAll);
    }
    hpa.awaitReplicas(2);
    hpa.delete();
  }

  @Test
  void brokerStopped_holds_andStarted_continuesWithoutARestart() throws Exception {
    backlog.publish(OTHER_QUEUE, 50);
    var hpa =
        Autoscaler.create(
            plane,
            NAMESPACE,
            "renderer",
            1,
            20,
            "",
            Autoscaler.external(READY, "queue: " + OTHER_QUEUE, 10));
    hpa.awaitReplicas(5);

    broker.stop();
    hpa.awaitScalingInactive(OTHER_QUEUE + " (last observed");
    hpa.assertHolds(5, SOME_PERIODS);
    assertThat(hpa.describe()).contains(OTHER_QUEUE + " (last observed");

    broker.restart();
    hpa.awaitScalingActive();
    backlog.publish(OTHER_QUEUE, 20);
    hpa.awaitReplicas(7);
    hpa.delete();
  }
}
