package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Backlog;
import io.gpuscaling.e2e.world.CommandLineUser;
import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.MetricsApi;
import io.gpuscaling.e2e.world.SteeredTarget;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.ProcessSignal;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.rabbitmq.RabbitMqBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Scaling policies steer Deployments through the native HPA, on queues of a real broker. */
@Timeout(360)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScalingPoliciesIT {

  private static final String NAMESPACE = "policies-it";
  private static final String READY = "rabbitmq_queue_messages_ready";
  private static final List<String> QUEUES =
      List.of("steps", "mofn", "orders", "runaway", "night", "owners", "killed", "frozen");

  /** Some HPA periods of 2 s. */
  private static final Duration SOME_PERIODS = Duration.ofSeconds(8);

  private final Installation installation;
  private final ControlPlane plane;
  private final RabbitMqBroker broker;
  private final Backlog backlog;
  private final Exporter queueReader;

  ScalingPoliciesIT(Installation installation) throws Exception {
    this.installation = installation;
    this.plane = installation.plane();
    this.broker =
        RabbitMqBroker.start(
            ScratchFolder.empty(Path.of("target", "policy-broker").toAbsolutePath()));
    this.backlog = new Backlog(broker);
    plane.objects().namespace(NAMESPACE);
    backlog.declare(QUEUES);
    this.queueReader =
        Exporter.ofQueues(installation, "queue-reader-policies", broker.uri(), QUEUES);
  }

  @BeforeAll
  void awaitQueues() {
    new MetricsApi(plane)
        .awaitTotal(NAMESPACE, READY, "queue in (" + String.join(",", QUEUES) + ")", 0);
  }

  @AfterAll
  void stop() {
    queueReader.close();
    broker.close();
  }

  private static String rule(String queue) {
    return """
    - name: queue
      metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: %s}}}
      scaleUp: {threshold: 100}
      scaleDown: {operator: LessThan, threshold: 10}
    """
        .formatted(queue);
  }

  @Test
  void queueOf150_addsExactlyOneTo20_andAnEmptyOneTakesThemBackOneByOne() throws Exception {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "steps", 20, 1)) {
      backlog.publish("steps", 150);
      target.policy(
          """
          minReplicas: 19
          maxReplicas: 50
          evaluationInterval: 1s
          cooldown: {scaleUp: 1h, scaleDown: 5s}
          rules:
          """
              + rule("steps").indent(2));

      target.awaitReplicas(21);
      target.assertHolds(21, SOME_PERIODS);

      backlog.purge("steps");
      target.awaitReplicas(19);
      target.assertHolds(19, SOME_PERIODS);
      assertThat(target.history()).containsExactly(20, 21, 20, 19);
    }
  }

  /** A policy that looks each second and adds once: its next action up is an hour away. */
  private static String oneStepUp(String queue) {
    return """
    maxReplicas: 50
    evaluationInterval: 1s
    cooldown: {scaleUp: 1h, scaleDown: 1h}
    rules:
      - name: queue
        metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: %s}}}
        scaleUp: {threshold: 100}
    """
        .formatted(queue);
  }

  private static String state(JsonNode policy) {
    return policy.at("/status/state").asString("");
  }

  @Test
  void threeOfThreeDataPoints_areWaitedFor() throws Exception {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "mofn", 5, 1)) {
      target.policy(
          """
          maxReplicas: 50
          evaluationInterval: 4s
          cooldown: {scaleUp: 1h, scaleDown: 1h}
          rules:
            - name: queue
              metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: mofn}}}
              scaleUp: {threshold: 100, step: {type: Percentage, value: 50}}
              evaluationPeriods: 3
              dataPointsToAlarm: 3
          """);
      target.awaitPolicy(it -> state(it).equals("Steady"));
      backlog.publish("mofn", 150);

      // The third breaching evaluation is at least two intervals after the first.
      target.assertHolds(5, Duration.ofSeconds(7));
      target.awaitReplicas(8);
    }
  }

  @Test
  void orders_pauseSetAndHold_andEndByTakingThemAway() throws Exception {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "orders", 5, 1)) {
      target.policy(oneStepUp("orders"));
      target.awaitPolicy(it -> state(it).equals("Steady"));
      target.annotate("gpuscaling.io/override=pause");
      JsonNode paused = target.awaitPolicy(it -> state(it).equals("Overridden"));
      assertThat(paused.at("/status/override/order").asString()).isEqualTo("pause");
      assertThat(
              Duration.between(
                  Instant.parse(paused.at("/status/override/since").asString()),
                  Instant.parse(paused.at("/status/override/until").asString())))
          .isEqualTo(Duration.ofHours(24));
      backlog.publish("orders", 150);
      target.assertHolds(5, SOME_PERIODS);

      type("pause", "--at=7");
      target.awaitReplicas(7);

      type("override", "hold-up", "--until=" + InstantSource.system().instant().plusSeconds(600));
      target.awaitPolicy(
          it -> it.at("/status/decision/reason").asString("").equals("UpHeldByOverride"));
      target.assertHolds(7, Duration.ofSeconds(5));
      type("resume");
      // The action by hand counts for the cooldown of an hour.
      target.awaitPolicy(it -> state(it).equals("Held"));
      target.assertHolds(7, SOME_PERIODS);

      type("freeze");
      type("pause", "--at=9");
      target.awaitPolicy(it -> it.at("/status/desiredReplicas").asInt(0) == 9);
      target.assertHolds(7, SOME_PERIODS);
      type("unfreeze");
      target.awaitReplicas(9);
    }
  }

  /** {@code kubectl gpuscaling VERB orders ...}, as a person types it. */
  private void type(String verb, String... more) {
    List<String> words = new ArrayList<>(List.of(verb, "orders"));
    words.addAll(List.of(more));
    words.addAll(List.of("-n", NAMESPACE));
    new CommandLineUser(plane).plugin(words.toArray(String[]::new)).orThrow();
  }

  @Test
  void twoTurns_whereOneIsAllowed_pauseUntilAPersonResumes() throws Exception {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "runaway", 5, 1)) {
      target.policy(
          """
          minReplicas: 4
          maxReplicas: 6
          evaluationInterval: 1s
          cooldown: {scaleUp: 2s, scaleDown: 2s}
          runawayProtection: {maxActionsPerHour: 2000, maxDirectionChangesPerHour: 1}
          rules:
          """
              + rule("runaway").indent(2));
      target.awaitReplicas(4);
      backlog.publish("runaway", 150);
      target.awaitReplicas(6);
      backlog.purge("runaway");

      JsonNode paused = target.awaitPolicy(it -> state(it).equals("Paused"));
      assertThat(paused.at("/status/decision/reason").asString())
          .isEqualTo("TooManyDirectionChanges");
      assertThat(SteeredTarget.condition(paused, "Paused").path("status").asString())
          .isEqualTo("True");
      target.assertHolds(6, SOME_PERIODS);
      assertThat(plane.kubectl().run("get", "events", "-n", NAMESPACE).stdout())
          .contains("RunawayProtection");

      target.annotate("gpuscaling.io/resumed-at=" + InstantSource.system().instant());
      target.awaitReplicas(4);
    }
  }

  @Test
  void scheduleTo0_takesAllReplicas_andGivesThemBack() {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "night", 3, 0)) {
      target.policy(oneStepUp("night"));
      target.awaitPolicy(it -> state(it).equals("Steady"));
      ZonedDateTime start = ZonedDateTime.now(ZoneOffset.UTC).plusMinutes(1);
      target.policy(
          oneStepUp("night")
              + """
              minReplicas: 3
              schedule:
                - name: night
                  start: "%d %d * * *"
                  duration: 1m
                  timeZone: UTC
                  minReplicas: 0
                  maxReplicas: 0
                  immediate: true
              """
                  .formatted(start.getMinute(), start.getHour()));

      target.awaitReplicas(0);
      target.awaitReplicas(3);
    }
  }

  @Test
  void othersOnTheTarget_areRefusedWithAReason_andTheTargetStays() {
    try (var target = SteeredTarget.create(plane, NAMESPACE, "owners", 3, 1)) {
      target.policy(oneStepUp("owners"));
      target.awaitPolicy(it -> state(it).equals("Steady"));

      plane
          .kubectl()
          .apply(SteeredTarget.policy(NAMESPACE, "second", "owners", oneStepUp("owners")));
      JsonNode second = target.awaitPolicy("second", it -> state(it).equals("NotReady"));
      assertThat(SteeredTarget.condition(second, "Ready").path("reason").asString())
          .isEqualTo("Conflict");
      assertThat(SteeredTarget.condition(second, "Ready").path("message").asString())
          .contains(NAMESPACE + "/owners is older");
      target.assertHolds(3, Duration.ofSeconds(3));

      plane
          .kubectl()
          .apply(
              """
              apiVersion: autoscaling/v2
              kind: HorizontalPodAutoscaler
              metadata: {name: foreign, namespace: %s}
              spec:
                scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: owners}
                minReplicas: 1
                maxReplicas: 9
                metrics:
                  - type: Resource
                    resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
              """
                  .formatted(NAMESPACE));
      JsonNode refused = target.awaitPolicy(it -> state(it).equals("NotReady"));
      assertThat(SteeredTarget.condition(refused, "Ready").path("reason").asString())
          .isEqualTo("ForeignAutoscaler");
      plane.kubectl().run("delete", "hpa", "foreign", "-n", NAMESPACE).orThrow();
      target.awaitPolicy(it -> state(it).equals("Steady"));

      plane
          .kubectl()
          .apply(
              SteeredTarget.policy(
                  NAMESPACE, "owners", "owners", oneStepUp("owners") + "profile: nowhere\n"));
      target.awaitPolicy(it ->
          SteeredTarget.condition(it, "Ready")
              .path("message")
              .asString("")
              .contains("there is no ScalingProfile nowhere"));
      assertThat(
              plane
                  .api()
                  .get(
                      "/apis/custom.metrics.k8s.io/v1beta2/namespaces/"
                          + NAMESPACE
                          + "/deployments.apps/owners/scaling_policy_desired_replicas")
                  .body()
                  .path("message")
                  .asString(""))
          .contains(
              "there is no ScalingProfile nowhere",
              "kubectl gpuscaling explain owners -n policies-it");
      target.assertHolds(3, Duration.ofSeconds(3));
      plane.kubectl().run("delete", "scalingpolicy", "second", "-n", NAMESPACE).orThrow();
    }
  }

  @Test
  void leaderKilled_betweenDecisionAndEffect_losesNoActionAndAddsNone() throws Exception {
    plane.kubectl().apply(SteeredTarget.deployment(NAMESPACE, "killed", 20));
    backlog.publish("killed", 150);
    plane.kubectl().apply(SteeredTarget.policy(NAMESPACE, "killed", "killed", oneStepUp("killed")));
    int leader = installation.awaitLeaderBeside(-1);
    awaitPending("killed");

    installation.adapters().get(leader).process().signal(ProcessSignal.KILL);
    try (var target = SteeredTarget.create(plane, NAMESPACE, "killed", 20, 1)) {
      target.awaitReplicas(21);
      var _ = installation.awaitLeaderBeside(leader);
      target.awaitPolicy(it -> it.at("/status/actions/pending").isMissingNode());
      target.assertHolds(21, SOME_PERIODS);
      assertThat(target.history()).containsExactly(20, 21);
    } finally {
      installation.restartAdapter(leader);
    }
  }

  @Test
  void leaderStoppedAndThawed_doesNotActTwice() throws Exception {
    plane.kubectl().apply(SteeredTarget.deployment(NAMESPACE, "frozen", 20));
    backlog.publish("frozen", 150);
    plane.kubectl().apply(SteeredTarget.policy(NAMESPACE, "frozen", "frozen", oneStepUp("frozen")));
    int leader = installation.awaitLeaderBeside(-1);
    awaitPending("frozen");

    installation.adapters().get(leader).process().signal(ProcessSignal.STOP);
    try (var target = SteeredTarget.create(plane, NAMESPACE, "frozen", 20, 1)) {
      var _ = installation.awaitLeaderBeside(leader);
      target.awaitReplicas(21);
      target.awaitPolicy(it -> it.at("/status/actions/pending").isMissingNode());

      installation.adapters().get(leader).process().signal(ProcessSignal.CONT);
      target.assertHolds(21, Duration.ofSeconds(15));
      assertThat(target.history()).containsExactly(20, 21);
      assertThat(target.policy().at("/status/actions/changes")).hasSize(1);
    } finally {
      installation.adapters().get(leader).process().signal(ProcessSignal.CONT);
    }
  }

  private void awaitPending(String policy) {
    var _ =
        plane
            .api()
            .await(
                "/apis/gpuscaling.io/v1alpha1/namespaces/"
                    + NAMESPACE
                    + "/scalingpolicies/"
                    + policy,
                Duration.ofSeconds(90),
                answer -> answer.body().at("/status/actions/pending/to").asInt(-1) == 21);
  }
}
