package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.SteeredTarget;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Policies that go down to 0 replicas on a cluster whose HPAs do not. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScaleToZeroIT {

  private static final String NAMESPACE = "zero-it";
  private static final Duration SOME_PERIODS = Duration.ofSeconds(8);
  private static final String DAY =
      """
      minReplicas: 1
      maxReplicas: 9
      writeAutoscaler: true
      evaluationInterval: 1s
      rules:
        - name: cpu
          metric: {name: avg_target_cpu_utilization_percentage}
          scaleUp: {threshold: 75}
      """;
  private static final String NIGHT =
      DAY
          + """
          schedule:
            - {name: night, start: "0 22 * * *", duration: 1m, minReplicas: 0, maxReplicas: 0}
          """;

  private ControlPlane plane;
  private Installation installation;

  @BeforeAll
  void start() {
    Path folder = ScratchFolder.empty(Path.of("target", "scale-to-zero")).toAbsolutePath();
    plane = ControlPlane.startWithout(folder.resolve("control-plane"), "HPAScaleToZero");
    installation = Installation.install(plane, folder.resolve("installation"));
    plane.objects().namespace(NAMESPACE);
  }

  @AfterAll
  void stop() {
    installation.close();
    plane.close();
  }

  @Test
  void policyThatGoesTo0_isRefusedWithWhatToChange_andItsTargetKeepsItsReplicas() {
    plane.kubectl().apply(SteeredTarget.deployment(NAMESPACE, "night", 3));
    try (var target = SteeredTarget.watch(plane, NAMESPACE, "night")) {
      target.policy(NIGHT);

      JsonNode refused =
          target.awaitPolicy(it ->
              SteeredTarget.condition(it, "Ready")
                  .path("reason")
                  .asString("")
                  .equals("ScaleToZeroUnsupported"));
      assertThat(SteeredTarget.condition(refused, "Ready").path("status").asString(""))
          .isEqualTo("False");
      assertThat(SteeredTarget.condition(refused, "Ready").path("message").asString(""))
          .contains("HPAScaleToZero", "minimums above 0");
      target.assertHolds(3, SOME_PERIODS);

      target.policy(DAY);
      target.awaitPolicy(
          it -> SteeredTarget.condition(it, "Followed").path("status").asString("").equals("True"));
      target.assertHolds(3, SOME_PERIODS);
      assertThat(target.history()).containsExactly(3);
    }
  }
}
