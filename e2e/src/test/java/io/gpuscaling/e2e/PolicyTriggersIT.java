package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Autoscaler;
import io.gpuscaling.e2e.world.Backlog;
import io.gpuscaling.e2e.world.CommandLineUser;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.SteeredTarget;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import io.gpuscaling.testkit.rabbitmq.RabbitMqInstallation;
import io.gpuscaling.testkit.rabbitmq.RabbitMqPlugin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** What else than a queue's length makes a policy act: age, tasks, a pool, and its own limits. */
@Timeout(240)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyTriggersIT {

  private static final String NAMESPACE = "triggers-it";
  private static final List<String> QUEUES = List.of("aged", "asked", "shared", "limit", "costs");
  private static final String EXPLAINED =
      "/apis/subresources.gpuscaling.io/v1alpha1/namespaces/" + NAMESPACE + "/scalingpolicies/";

  private final Installation installation;
  private final ControlPlane plane;
  private final RabbitMqBroker broker;
  private final Backlog backlog;
  private final Exporter queueReader;

  PolicyTriggersIT(Installation installation) throws Exception {
    this.installation = installation;
    this.plane = installation.plane();
    this.broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Path.of("target", "triggers-broker").toAbsolutePath()),
            RabbitMqInstallation.find(),
            List.of(RabbitMqPlugin.MANAGEMENT, RabbitMqPlugin.PROMETHEUS));
    this.backlog = new Backlog(broker);
    plane.objects().namespace(NAMESPACE);
    backlog.declare(QUEUES);
    this.queueReader =
        Exporter.ofQueues(
            installation,
            "queue-reader-triggers",
            broker.uri(),
            QUEUES,
            // Without counters the age is an upper bound, which never adds replicas.
            List.of(
                "--rabbitmq-management-url=http://127.0.0.1:" + broker.managementPort(),
                "--rabbitmq-prometheus-url=http://127.0.0.1:" + broker.prometheusPort()));
  }

  @BeforeAll
  void awaitQueues() {
    new MetricsApi(plane)
        .awaitTotal(
            NAMESPACE,
            "rabbitmq_queue_messages_ready",
            "queue in (" + String.join(",", QUEUES) + ")",
            0);
  }

  @AfterAll
  void stop() {
    queueReader.close();
    broker.close();
  }

  private static String byQueue(String queue, String more) {
    return """
    evaluationInterval: 1s
    cooldown: {scaleUp: 1h, scaleDown: 1h}
    rules:
      - name: queue
        metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: %s}}}
        scaleUp: {threshold: 100, step: {value: 2}}
    """
            .formatted(queue)
        + more;
  }

  private static final String PLAIN_HPA =
      """
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: {name: plain, namespace: %s}
      spec:
        scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: nobody}
        maxReplicas: 9
        metrics:
          - type: External
            external:
              metric:
                name: rabbitmq_queue_messages_ready
                selector: {matchExpressions: [{key: queue, operator: In, values: [asked, other]}]}
              target: {type: AverageValue, averageValue: "5"}
      """
          .formatted(NAMESPACE);

  @Test
  void fewMessagesThatWaitTooLong_addReplicas() throws Exception {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "aged", 4, 1)) {
      target.policy(
          """
          maxReplicas: 50
          evaluationInterval: 1s
          cooldown: {scaleUp: 1h, scaleDown: 1h}
          rules:
            - name: age
              metric:
                name: rabbitmq_queue_oldest_message_age_seconds
                selector: {matchLabels: {queue: aged}}
              scaleUp: {threshold: 15, step: {value: 2}}
          """);
      target.awaitPolicy(it -> it.at("/status/state").asString("").equals("Steady"));
      backlog.publish("aged", 5);

      target.assertHolds(4, Duration.ofSeconds(4));
      target.awaitReplicas(6);
      assertThat(target.policy().at("/status/history").toString())
          .contains("4 → 6: rule", "asks for more");
      assertThat(target.history()).containsExactly(4, 6);
    }
  }

  @Test
  void personWhoAsks_isToldWhy_andTakesTheDecisionAwayToMakeItAgain() throws Exception {
    var person = new CommandLineUser(plane);
    try (var target = SteeredTarget.create(plane, NAMESPACE, "asked", 4, 1)) {
      target.policy(byQueue("asked", "maxReplicas: 50"));
      backlog.publish("asked", 150);
      target.awaitReplicas(6);
      target.awaitPolicy(it -> it.at("/status/decision/reason").asString("").equals("CoolingDown"));

      String table = person.plugin("explain", "asked", "-n", NAMESPACE).orThrow();
      assertThat(table).contains("asked", "queue", "150", "100", "cooldown");
      assertThat(table.lines()).allMatch(line -> line.length() <= 80);
      assertThat(person.plugin("explain", "asked", "--since=1h", "-n", NAMESPACE).orThrow())
          .contains("4", "6");

      Path capsule = Path.of("target", "asked.capsule").toAbsolutePath();
      person.plugin("explain", "asked", "--export=" + capsule, "-n", NAMESPACE).orThrow();
      assertThat(person.gpuscaling("replay", "--capsule=" + capsule).orThrow())
          .contains("identical to what the adapter decided");
      String said = Files.readString(capsule);
      Files.writeString(capsule, said.replaceAll("(\"threshold\": *)\"?100\"?", "$1\"200\""));
      assertThat(person.gpuscaling("replay", "--capsule=" + capsule).exitCode()).isEqualTo(1);

      // Also while a reader of another test has just gone: what is known of a queue is shown.
      assertThat(person.plugin("top", "-n", NAMESPACE).orThrow())
          .containsPattern("triggers-it/asked +Held +6 +6")
          .containsPattern("/asked +150 ");
      assertThat(
              person
                  .plugin(
                      "explain",
                      "asked",
                      "--at=" + InstantSource.system().instant().plusSeconds(1),
                      "-n",
                      NAMESPACE)
                  .orThrow())
          .contains("INPUT", "queue=asked", "GATE", "cooldown", "bounds", "result", "until");

      plane.kubectl().apply(PLAIN_HPA);
      assertThat(person.plugin("explain", "hpa/plain", "-n", NAMESPACE).orThrow())
          .contains("sum 150 of 1 item(s)", "to contribute, and all do")
          .containsPattern("QueueReader \\S+ .*rabbitmq/")
          .containsPattern("Queue \\S+/asked +150 ");
    }
  }

  @Test
  void tasksPerNode_addReplicas_andNoneGoWhileWorkersAreBusy() {
    plane.objects().namespace("triggers-tasks");
    plane.objects().gpuNode("trigger-node", 8);
    var pod = GpuPod.onNode("triggers-tasks", "worker", "trigger-node").withGpus(1);
    plane.objects().pod(pod);
    plane.objects().awaitReady(pod);
    try (Exporter exporter = Exporter.onNode(installation, "trigger-node");
        Worker worker = Worker.inPod(installation, pod, exporter);
        var target = SteeredTarget.create(plane, "triggers-tasks", "tasks", 4, 1)) {
      worker.start(3);
      new MetricsApi(plane).awaitTotal("triggers-tasks", "gpu_tasks_active", "", 3);
      target.policy(
          """
          maxReplicas: 50
          evaluationInterval: 1s
          cooldown: {scaleUp: 1h, scaleDown: 1s}
          rules:
            - name: tasks
              metric:
                name: active_gpu_processing_tasks_per_worker_node
                selector: {matchLabels: {node: trigger-node}}
              scaleUp: {threshold: 5, step: {value: 2}}
              scaleDown: {operator: LessThan, threshold: 1}
          """);
      target.awaitPolicy(it -> it.at("/status/state").asString("").equals("Steady"));
      target.assertHolds(4, Duration.ofSeconds(4));

      worker.start(5);
      target.awaitReplicas(6);

      worker.endAll();
      target.awaitReplicas(5);
    } finally {
      plane.objects().deleteNode("trigger-node");
    }
  }

  @Test
  void sixWorkersOfWhichTwoAreIdle_theIdleOnesGo() {
    plane.objects().gpuNode("costs-node", 8);
    List<Worker> workers = new ArrayList<>();
    var hpa =
        Autoscaler.create(
            plane,
            NAMESPACE,
            "costs",
            1,
            10,
            "costs-node",
            """
            - type: Object
              object:
                describedObject: {apiVersion: apps/v1, kind: Deployment, name: costs}
                metric: {name: scaling_policy_desired_replicas}
                target: {type: AverageValue, averageValue: "1"}
            """);
    try (Exporter exporter = Exporter.onNode(installation, "costs-node")) {
      plane.kubectl().apply(SteeredTarget.policy(NAMESPACE, "costs", "costs", lowering(6)));
      List<GpuPod> pods = hpa.awaitReadyPods(6);
      for (GpuPod pod : pods) {
        Worker worker = Worker.inPod(installation, pod, exporter);
        workers.add(worker);
        // Neither the first nor the last by name or age.
        if (workers.size() != 3 && workers.size() != 4) {
          worker.start(1);
        }
      }
      new MetricsApi(plane).awaitTotal(NAMESPACE, "gpu_workers_busy", "workload=costs", 4);

      plane.kubectl().apply(SteeredTarget.policy(NAMESPACE, "costs", "costs", lowering(1)));
      hpa.awaitReplicas(4);
      assertThat(hpa.awaitReadyPods(4))
          .extracting(GpuPod::name)
          .doesNotContain(pods.get(2).name(), pods.get(3).name());
    } finally {
      workers.forEach(Worker::vanish);
      hpa.delete();
      var _ =
          plane
              .kubectl()
              .run("delete", "scalingpolicy", "costs", "-n", NAMESPACE, "--ignore-not-found");
      plane.objects().deleteNode("costs-node");
    }
  }

  private static String lowering(int minReplicas) {
    return """
    minReplicas: %d
    maxReplicas: 10
    evaluationInterval: 1s
    cooldown: {scaleUp: 1h, scaleDown: 1s}
    rules:
      - name: queue
        metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: costs}}}
        scaleUp: {threshold: 100}
        scaleDown: {operator: LessThan, threshold: 10, step: {value: 2}}
    """
        .formatted(minReplicas);
  }

  @Test
  void poolOfEightGpus_goesToTheCriticalPolicyFirst() throws Exception {
    plane.objects().gpuNode("pool-node", 8);
    plane.kubectl().run("label", "node", "pool-node", "pool=triggers").orThrow();
    plane
        .kubectl()
        .apply(
            """
            apiVersion: gpuscaling.io/v1alpha1
            kind: GpuPool
            metadata: {name: triggers}
            spec:
              nodeSelector: {matchLabels: {pool: triggers}}
              namespaces: [{name: %s, highestClass: critical}]
            """
                .formatted(NAMESPACE));
    try (var paying = SteeredTarget.create(plane, NAMESPACE, "paying", 3, 1);
        var archive = SteeredTarget.create(plane, NAMESPACE, "archive", 3, 1)) {
      String pooled = "maxReplicas: 50\npool: triggers\nworkloadClass: ";
      archive.policy(byQueue("shared", pooled + "background\n"));
      paying.policy(byQueue("shared", pooled + "critical\n"));
      archive.awaitPolicy(it -> it.at("/status/state").asString("").equals("Steady"));
      paying.awaitPolicy(it -> it.at("/status/state").asString("").equals("Steady"));
      backlog.publish("shared", 150);

      paying.awaitReplicas(5);
      archive.awaitPolicy(it -> it.at("/status/decision/reason").asString("").equals("AtQuota"));
      archive.assertHolds(3, Duration.ofSeconds(6));
      assertThat(archive.history()).containsExactly(3);
      assertThat(paying.history()).containsExactly(3, 5);
      JsonNode pool =
          plane
              .api()
              .await(
                  "/apis/gpuscaling.io/v1alpha1/gpupools/triggers",
                  Duration.ofSeconds(90),
                  it -> it.body().at("/status/used").asInt(-1) == 8)
              .body();
      assertThat(pool.at("/status/size").asInt(-1)).isEqualTo(8);
      assertThat(pool.at("/status/conditions/0/reason").asString("")).isEqualTo("Counted");
    } finally {
      plane.kubectl().run("delete", "gpupool", "triggers").orThrow();
      plane.objects().deleteNode("pool-node");
    }
  }

  @Test
  void atItsLimit_itDegrades_andWhoMayViewIsToldSo() throws Exception {
    plane
        .kubectl()
        .run(
            "create",
            "rolebinding",
            "viewers",
            "-n",
            NAMESPACE,
            "--clusterrole=gpuscaling-policy-viewer",
            "--user=jane")
        .orThrow();
    try (var target = SteeredTarget.create(plane, NAMESPACE, "limit", 2, 1)) {
      target.policy(
          byQueue("limit", "maxReplicas: 2\ndegradation: {after: 2s, recoverAfter: 2s}\n"));
      target.awaitPolicy(it -> it.at("/status/state").asString("").equals("Steady"));
      backlog.publish("limit", 150);
      target.awaitPolicy(it -> it.at("/status/degradation/level").asInt(0) == 3);

      // Either replica answers, and the other one may be a moment behind.
      awaitDegradation("\"background\":\"off\"");
      assertThat(raw("jane", "limit/degradation").stdout()).contains("\"critical\":\"queue\"");
      assertThat(raw("jane", "limit/explain").stdout())
          .contains("\"reason\":\"AtMaximum\"", "ScalingPolicyExplanation");
      assertThat(raw("joe", "limit/explain").stderr()).contains("Forbidden");
      assertThat(raw("jane", "nothing/explain").stderr()).contains("not found");

      backlog.purge("limit");
      awaitDegradation("\"level\":0");
      assertThat(plane.kubectl().run("get", "events", "-n", NAMESPACE).stdout())
          .contains("Degraded", "Recovering");
    }
  }

  private void awaitDegradation(String text) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> raw("jane", "limit/degradation").stdout().contains(text));
  }

  private Command.Result raw(String user, String path) {
    return plane.kubectl().run("get", "--raw", EXPLAINED + path, "--as=" + user);
  }
}
