package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.CommandLineUser;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.SteeredTarget;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * What a policy decides, through the real HPA without {@code tolerance}, as on clusters before
 * Kubernetes 1.35, and through one with narrower bounds. Orders by hand decide, so that nothing
 * else does.
 */
@Timeout(480)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LooseAutoscalerIT {

  private static final String NAMESPACE = "loose-it";

  /** Ten syncs of the HPA controller, each 2 s. */
  private static final Duration TEN_SYNCS = Duration.ofSeconds(20);

  private static final String ONE_AT_A_TIME =
      """
      minReplicas: 2
      maxReplicas: 50
      evaluationInterval: 1s
      cooldown: {scaleUp: 60s, scaleDown: 1s}
      runawayProtection: {maxActionsPerHour: 100}
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: none}}}
          scaleUp: {threshold: 100}
          scaleDown: {operator: LessThan, threshold: 10}
      """;

  private final ControlPlane plane;

  LooseAutoscalerIT(Installation installation) {
    this.plane = installation.plane();
    plane.objects().namespace(NAMESPACE);
  }

  /** A target of 20 replicas, whose HPA is printed for API servers without the field. */
  private SteeredTarget loose(String name) throws IOException {
    plane.kubectl().apply(SteeredTarget.deployment(NAMESPACE, name, 20));
    Path policy = Path.of("target", name + "-policy.yaml").toAbsolutePath();
    Files.writeString(policy, SteeredTarget.policy(NAMESPACE, name, name, ONE_AT_A_TIME));
    String hpa =
        new CommandLineUser(plane)
            .gpuscaling("generate", policy.toString(), "--no-tolerance-field")
            .orThrow();
    assertThat(hpa).contains("value: 1", "periodSeconds: 60").doesNotContain("tolerance");
    plane.kubectl().apply(Files.readString(policy));
    plane.kubectl().apply(hpa);
    SteeredTarget target = SteeredTarget.watch(plane, NAMESPACE, name);
    order(target, 20);
    target.awaitPolicy(followed("True", "ServedOutsideTolerance"));
    return target;
  }

  private static void order(SteeredTarget target, int replicas) {
    target.annotate("gpuscaling.io/override=pause-at=" + replicas);
  }

  private static Predicate<JsonNode> followed(String status, String reason) {
    return policy -> {
      JsonNode it = SteeredTarget.condition(policy, "Followed");
      return it.path("status").asString("").equals(status)
          && it.path("reason").asString("").equals(reason);
    };
  }

  @Test
  void stepsWithinTheTolerance_areFollowedExactly_andATurnWaitsForThePeriod() throws Exception {
    try (var target = loose("steps")) {
      target.assertHolds(20, TEN_SYNCS);

      order(target, 21);
      target.awaitReplicas(21);
      order(target, 20);
      JsonNode waiting =
          SteeredTarget.condition(
              target.awaitPolicy(followed("False", "WaitingForPeriod")), "Followed");
      assertThat(waiting.path("message").asString(""))
          .startsWith("HorizontalPodAutoscaler steps: 20 replicas are not served before ");
      target.awaitReplicas(20);
      target.assertHolds(20, TEN_SYNCS);

      order(target, 22);
      target.awaitReplicas(22);
      target.assertHolds(22, TEN_SYNCS);
      // The HPA counts the step down when it adds two at once; later it adds one a minute.
      assertThat(target.history()).isIn(List.of(20, 21, 20, 22), List.of(20, 21, 20, 21, 22));
    }
  }

  @Test
  void rolloutWithSurge_movesNothing_andAStepInItIsFollowed() throws Exception {
    try (var target = loose("surge")) {
      plane.kubectl().run("set", "env", "deployment/surge", "-n", NAMESPACE, "ROLLED=1").orThrow();
      var _ =
          plane
              .api()
              .await(
                  "/apis/apps/v1/namespaces/" + NAMESPACE + "/deployments/surge",
                  Duration.ofSeconds(60),
                  answer -> answer.body().at("/status/replicas").asInt(0) > 20);
      target.assertHolds(20, TEN_SYNCS);

      order(target, 21);
      target.awaitReplicas(21);
      target.assertHolds(21, TEN_SYNCS);
      assertThat(target.history()).containsExactly(20, 21);
    }
  }

  @Test
  void hpaWithNarrowerBounds_isSaid_andFollowsOnceItIsWidened() throws Exception {
    plane.kubectl().apply(SteeredTarget.deployment(NAMESPACE, "narrow", 10));
    String hpa = SteeredTarget.autoscaler(NAMESPACE, "narrow", 2);
    plane.kubectl().apply(hpa.replace("maxReplicas: 100", "maxReplicas: 12"));
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "narrow")) {
      target.policy(ONE_AT_A_TIME);
      order(target, 14);

      JsonNode narrower =
          SteeredTarget.condition(
              target.awaitPolicy(followed("False", "BoundsNarrower")), "Followed");
      assertThat(narrower.path("message").asString(""))
          .isEqualTo(
              "HorizontalPodAutoscaler narrow keeps 2 to 12 replicas and the policy may want 2 to"
                  + " 50: widen it (gpuscaling generate prints it), or narrow the policy");
      target.awaitReplicas(12);
      target.assertHolds(12, TEN_SYNCS);

      plane.kubectl().apply(hpa);
      target.awaitPolicy(followed("True", "Followed"));
      target.awaitReplicas(14);
      assertThat(target.history()).containsExactly(10, 12, 14);
    }
  }
}
