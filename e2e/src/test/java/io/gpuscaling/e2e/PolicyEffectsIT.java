package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Backlog;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.Repository;
import io.gpuscaling.e2e.world.SteeredTarget;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.ProcessSignal;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * A decision's way through the real HPA, in what may come between: rollouts, KEDA, a lost leader.
 */
@Timeout(360)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyEffectsIT {

  private static final String NAMESPACE = "effects-it";
  private static final String SHIPPED_QUEUE = "n8n.ai.generation.queue";
  private static final List<String> QUEUES = List.of("cooling", "rollout", "keda", SHIPPED_QUEUE);
  private static final String EXTERNAL =
      "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";

  /** Ten syncs of the HPA controller, each 2 s. */
  private static final Duration TEN_SYNCS = Duration.ofSeconds(20);

  private final Installation installation;
  private final ControlPlane plane;
  private final RabbitMqBroker broker;
  private final Backlog backlog;
  private final Exporter queueReader;

  PolicyEffectsIT(Installation installation) throws Exception {
    this.installation = installation;
    this.plane = installation.plane();
    this.broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Path.of("target", "effects-broker").toAbsolutePath()));
    this.backlog = new Backlog(broker);
    plane.objects().namespace(NAMESPACE);
    backlog.declare(QUEUES);
    this.queueReader =
        Exporter.ofQueues(installation, "queue-reader-effects", broker.uri(), QUEUES);
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

  private static String oneUp(String queue, String cooldownUp) {
    return """
    minReplicas: 19
    maxReplicas: 50
    evaluationInterval: 1s
    cooldown: {scaleUp: %s, scaleDown: 1s}
    runawayProtection: {maxActionsPerHour: 100}
    rules:
      - name: queue
        metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: %s}}}
        scaleUp: {threshold: 100}
        scaleDown: {operator: LessThan, threshold: 10}
    """
        .formatted(cooldownUp, queue);
  }

  private static Instant changed(JsonNode policy, int index) {
    return Instant.parse(policy.at("/status/actions/changes/" + index + "/at").asString());
  }

  @Test
  void leaderKilledInACooldown_theNextOneWaitsForItsEnd() throws Exception {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "cooling", 20, 1)) {
      backlog.publish("cooling", 150);
      int leader = installation.awaitLeaderBeside(-1);
      target.policy(oneUp("cooling", "60s"));
      target.awaitReplicas(21);
      target.awaitPolicy(it -> it.at("/status/actions/changes").size() == 1);

      installation.adapters().get(leader).process().signal(ProcessSignal.KILL);
      try {
        var _ = installation.awaitLeaderBeside(leader);
        target.awaitReplicas(22);
        JsonNode policy = target.awaitPolicy(it -> it.at("/status/actions/changes").size() == 2);
        assertThat(Duration.between(changed(policy, 0), changed(policy, 1)))
            .isGreaterThanOrEqualTo(Duration.ofSeconds(60));
        assertThat(target.history()).containsExactly(20, 21, 22);
      } finally {
        installation.restartAdapter(leader);
      }
    }
  }

  @Test
  void replicasStay_throughTenSyncs_andARolloutWithSurge() throws Exception {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "rollout", 20, 1)) {
      target.policy(oneUp("rollout", "1h"));
      target.awaitReplicas(19);
      target.assertHolds(19, TEN_SYNCS);

      backlog.publish("rollout", 150);
      target.awaitReplicas(20);
      // Pods of the new kind come beside the old ones: status.replicas is beyond spec.replicas.
      plane
          .kubectl()
          .run("set", "env", "deployment/rollout", "-n", NAMESPACE, "ROLLED=1")
          .orThrow();
      var _ =
          plane
              .api()
              .await(
                  "/apis/apps/v1/namespaces/" + NAMESPACE + "/deployments/rollout",
                  Duration.ofSeconds(60),
                  answer -> answer.body().at("/status/replicas").asInt(0) > 20);
      target.assertHolds(20, TEN_SYNCS);
      assertThat(target.history()).containsExactly(20, 19, 20);
    }
  }

  @Test
  void kedaOwnsTheExternalSlot_policiesActAllTheSame_andItsApiServiceIsLeftAlone()
      throws Exception {
    JsonNode before = plane.api().get(EXTERNAL).orThrow().at("/spec/service");
    plane
        .api()
        .merge(EXTERNAL, "{\"spec\": {\"service\": {\"namespace\": \"keda\", \"name\": \"keda\"}}}")
        .orThrow();
    String spec = plane.api().get(EXTERNAL).orThrow().at("/spec").toString();
    try (var target = SteeredTarget.create(plane, NAMESPACE, "keda", 20, 1)) {
      backlog.publish("keda", 150);
      target.policy(oneUp("keda", "1h"));

      target.awaitReplicas(21);
      target.assertHolds(21, Duration.ofSeconds(8));
      assertThat(plane.api().get(EXTERNAL).orThrow().at("/spec").toString()).isEqualTo(spec);
    } finally {
      plane.api().merge(EXTERNAL, "{\"spec\": {\"service\": " + before + "}}").orThrow();
      plane.objects().awaitAvailable("external.metrics.k8s.io", "v1beta1");
    }
  }

  @Test
  void shippedGpuWorkerPolicy_addsTwo_andSaysThatItCoolsDown() throws Exception {
    Path shipped = Repository.path("manifests", "policies", "ai-gpu-worker-scaling-policy.yaml");
    String policy =
        Files.readString(shipped).replace("namespace: default", "namespace: " + NAMESPACE);
    try (var target = SteeredTarget.create(plane, NAMESPACE, "ai-gpu-worker", 2, 2)) {
      backlog.publish(SHIPPED_QUEUE, 150);
      plane.kubectl().apply(policy);

      target.awaitReplicas(4);
      JsonNode held =
          target.awaitPolicy(
              "ai-gpu-worker-scaling-policy",
              it -> it.at("/status/decision/reason").asString("").equals("CoolingDown"));
      assertThat(held.at("/status/state").asString()).isEqualTo("Held");
      assertThat(target.history()).containsExactly(2, 4);
    } finally {
      plane
          .kubectl()
          .run("delete", "scalingpolicy", "ai-gpu-worker-scaling-policy", "-n", NAMESPACE)
          .orThrow();
    }
  }
}
