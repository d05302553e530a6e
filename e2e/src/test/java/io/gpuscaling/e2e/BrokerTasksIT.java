package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Autoscaler;
import io.gpuscaling.e2e.world.Backlog;
import io.gpuscaling.e2e.world.BrokerWorker;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import io.gpuscaling.testkit.rabbitmq.RabbitMqInstallation;
import io.gpuscaling.testkit.rabbitmq.RabbitMqPlugin;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * The broker's word for the tasks of workers, from unacknowledged messages of a real broker to the
 * native HPA: until a workload's first session, and never beside it.
 */
@Timeout(240)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrokerTasksIT {

  private static final String NAMESPACE = "broker-tasks-it";
  private static final String ACTIVE = "gpu_tasks_active";
  private static final String PER_NODE = "active_gpu_processing_tasks_per_worker_node";
  private static final String NODE = "broker-node-1";
  private static final String OTHER_NODE = "broker-node-2";
  private static final String QUEUE = "gpu.jobs";
  private static final String OTHER_QUEUE = "gpu.other";
  private static final String MONITOR = "monitor";
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Installation installation;
  private final ControlPlane plane;
  private final MetricsApi metrics;
  private final RabbitMqBroker broker;
  private final Backlog backlog;
  private final List<Exporter> exporters = new ArrayList<>();
  private final List<BrokerWorker> consumers = new ArrayList<>();
  private final List<Worker> sessions = new ArrayList<>();

  BrokerTasksIT(Installation installation) throws Exception {
    this.installation = installation;
    this.plane = installation.plane();
    this.metrics = new MetricsApi(plane);
    this.broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Path.of("target", "broker-tasks").toAbsolutePath()),
            RabbitMqInstallation.find(),
            List.of(RabbitMqPlugin.MANAGEMENT));
    this.backlog = new Backlog(broker);
    plane.objects().namespace(NAMESPACE);
    backlog.declare(List.of(QUEUE, OTHER_QUEUE));
    // What the documentation asks for: the tag, and nothing but the right to write to the queues.
    broker.rabbitmqctl("add_user", MONITOR, MONITOR).orThrow();
    broker.rabbitmqctl("set_user_tags", MONITOR, "monitoring").orThrow();
    broker.rabbitmqctl("set_permissions", MONITOR, "^$", "^gpu\\.", "^$").orThrow();
    for (String node : List.of(NODE, OTHER_NODE)) {
      plane.objects().gpuNode(node, 8);
      exporters.add(Exporter.onNode(installation, node));
    }
    exporters.add(
        Exporter.ofQueues(
            installation,
            "queue-reader-broker-tasks",
            URI.create("amqp://%s:%s@127.0.0.1:%d/%%2F".formatted(MONITOR, MONITOR, broker.port())),
            List.of(QUEUE, OTHER_QUEUE),
            List.of("--rabbitmq-management-url=http://127.0.0.1:" + broker.managementPort())));
  }

  @AfterAll
  void stop() {
    sessions.forEach(Worker::vanish);
    consumers.forEach(BrokerWorker::close);
    exporters.forEach(Exporter::close);
    broker.close();
    plane.objects().deleteNode(NODE);
    plane.objects().deleteNode(OTHER_NODE);
  }

  private void consume(String queue, String address, Map<String, String> says, int prefetch)
      throws Exception {
    consumers.add(BrokerWorker.consume(broker, queue, address, says, prefetch));
  }

  private JsonNode custom(String path) {
    return plane
        .api()
        .await(
            "/apis/custom.metrics.k8s.io/v1beta2/" + path,
            DEADLINE,
            answer -> answer.isSuccess() && !answer.body().path("items").isEmpty())
        .body()
        .at("/items/0/value");
  }

  private JsonNode ofPod(String pod) {
    return custom("namespaces/" + NAMESPACE + "/pods/" + pod + "/" + ACTIVE);
  }

  /** The cluster's network gives a pod an address from which the test can connect. */
  private void address(GpuPod pod, String address) {
    plane
        .api()
        .merge(
            "/api/v1/namespaces/" + NAMESPACE + "/pods/" + pod.name() + "/status",
            "{\"status\": {\"podIP\": \"%1$s\", \"podIPs\": [{\"ip\": \"%1$s\"}]}}"
                .formatted(address))
        .orThrow();
  }

  @Test
  void untilTheFirstSession_messagesInHandScale_thenTheLeasesAlone() throws Exception {
    String ofWorkload = "workload=by-broker";
    var hpa =
        Autoscaler.create(
            plane,
            NAMESPACE,
            "by-broker",
            2,
            10,
            NODE,
            Autoscaler.external(PER_NODE, "workload: by-broker", 5));
    List<GpuPod> pods = hpa.awaitReadyPods(2);
    // Nobody has told of them, which is not zero.
    hpa.awaitScalingInactive("2 of 2 worker pods");

    consume(QUEUE, "127.0.0.41", Map.of("gpuscaling.pod", NAMESPACE + "/" + pods.get(0).name()), 7);
    consume(
        QUEUE,
        "127.0.0.42",
        Map.of("connection_name", NAMESPACE + "/" + pods.get(1).name() + "@" + NODE),
        5);
    metrics.awaitTotal(NAMESPACE, ACTIVE, ofWorkload, 0);
    backlog.publish(QUEUE, 12);
    metrics.awaitTotal(NAMESPACE, ACTIVE, ofWorkload, 12);
    assertThat(ofPod(pods.get(0).name()).asString("")).isEqualTo("7");
    assertThat(ofPod(pods.get(1).name()).asString("")).isEqualTo("5");
    metrics.awaitTotal(NAMESPACE, "gpu_workers_busy", ofWorkload, 2);

    // 12 tasks, 5 for each: a third. It has no connection yet, so that its tasks are unknown.
    hpa.awaitReplicas(3);
    List<GpuPod> three = hpa.awaitReadyPods(3);
    GpuPod third = three.stream().filter(pod -> !pods.contains(pod)).findFirst().orElseThrow();
    hpa.awaitScalingInactive("1 of 3 worker pods: " + third.name());
    address(third, "127.0.0.43");
    consume(QUEUE, "127.0.0.43", Map.of(), 1);
    backlog.publish(QUEUE, 1);
    metrics.awaitTotal(NAMESPACE, ACTIVE, ofWorkload, 13);
    assertThat(ofPod(third.name()).asString("")).isEqualTo("1");
    hpa.awaitScalingActive();

    // The first session of one of them: from now on they speak for themselves.
    Worker first = session(third);
    first.start(1);
    var silent =
        metrics.awaitExternal(
            NAMESPACE, ACTIVE, ofWorkload, DEADLINE, answer -> answer.status() == 503);
    assertThat(silent.body().path("message").asString("")).contains("2 of 3 worker pods");
    hpa.awaitScalingInactive("2 of 3 worker pods");
    for (GpuPod pod : pods) {
      session(pod).start(2);
    }
    metrics.awaitTotal(NAMESPACE, ACTIVE, ofWorkload, 5);
    assertThat(ofPod(pods.get(0).name()).asString("")).isEqualTo("2");
    hpa.awaitReplicas(2);
    hpa.delete();
  }

  private Worker session(GpuPod pod) {
    Worker worker = Worker.inPod(installation, pod, exporters.getFirst());
    sessions.add(worker);
    return worker;
  }

  @Test
  void workerThatNamesItsNodeAlone_countsForTheNode_whileItIsTheOnlyOneThere() throws Exception {
    var pod = GpuPod.onNode(NAMESPACE, "alone", OTHER_NODE).withGpus(1);
    plane.objects().pod(pod);
    plane.objects().awaitReady(pod);
    consume(OTHER_QUEUE, "127.0.0.51", Map.of("gpuscaling.node", OTHER_NODE), 1);
    consume(OTHER_QUEUE, "127.0.0.52", Map.of("connection_name", "@" + OTHER_NODE), 1);
    backlog.publish(OTHER_QUEUE, 2);

    metrics.awaitTotal(NAMESPACE, ACTIVE, "pod=alone", 2);
    assertThat(custom("nodes/" + OTHER_NODE + "/" + PER_NODE).asString("")).isEqualTo("2");

    // Whose of two the messages are nobody can say.
    plane.objects().pod(GpuPod.onNode(NAMESPACE, "second", OTHER_NODE).withGpus(1));
    var either =
        metrics.awaitExternal(
            NAMESPACE, ACTIVE, "pod=alone", DEADLINE, answer -> answer.status() == 503);
    assertThat(either.body().path("message").asString("")).contains("no live task session");
  }
}
