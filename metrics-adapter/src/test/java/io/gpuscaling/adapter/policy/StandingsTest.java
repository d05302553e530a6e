package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.policy.GpuPool.Grant;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.Profile;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.gpuscaling.policy.spec.WorkloadClass;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class StandingsTest {

  private static final ScaleTarget WORKER = new ScaleTarget("apps/v1", "Deployment", "worker");
  private static final String SMALL =
      """
      maxReplicas: 9
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100}
      """;

  private final PolicyWorld world = new PolicyWorld().deployment("worker", 4).queue(50);
  private final PolicyWorld.Adapter leader = world.leader();

  /** The condition Ready of a policy after a look, as reason and message. */
  private String ready(String policy) {
    world.pass(Duration.ofSeconds(17));
    Condition ready = world.object(policy).status().condition(Condition.READY).orElseThrow();
    return ready.isTrue() + " " + ready.reason() + ": " + ready.message();
  }

  @Test
  void oldestOfTwoOnOneTarget_steers() {
    world.policy("worker", SMALL);
    world.pass(Duration.ofSeconds(1));
    world.policy("also", SMALL);

    assertThat(ready("worker")).isEqualTo("true Steering: it decides for its target");
    assertThat(ready("also"))
        .isEqualTo(
            "false Conflict: ScalingPolicy ai/worker is older and steers Deployment/worker: delete"
                + " one of the two");
    world.delete("worker");
    assertThat(ready("also")).startsWith("true");
  }

  @Test
  void specIsInvalid_namesEveryProblem_andTheTargetKeepsItsReplicas() {
    world.policy("worker", SMALL + "minReplicas: 20\nevaluationInterval: soon\n");

    assertThat(ready("worker"))
        .startsWith("false Invalid: ")
        .contains("evaluationInterval", "maxReplicas");
    assertThat(leader.number()).isEqualTo(-1);
    assertThat(world.news).anyMatch(it -> it.startsWith("worker Invalid"));
  }

  @Test
  void autoscalerOfOthers_isRefused_ownIsNot() {
    world.policy("worker", SMALL);
    world.autoscalers.add(new Autoscaler("ai", "own", WORKER, true, ""));
    assertThat(ready("worker")).startsWith("true");

    world.autoscalers.add(new Autoscaler("ai", "own-2", WORKER, true, ""));
    assertThat(ready("worker")).startsWith("false SeveralAutoscalers: 2 Horizontal");

    world.autoscalers.set(1, new Autoscaler("ai", "keda", WORKER, false, "ScaledObject/worker"));
    assertThat(ready("worker"))
        .startsWith(
            "false ForeignAutoscaler: HorizontalPodAutoscaler keda (of ScaledObject/worker) scales"
                + " Deployment/worker");
    world.autoscalers.set(1, new Autoscaler("other", "far", WORKER, false, ""));
    assertThat(ready("worker")).startsWith("true");
  }

  @Test
  void targetIsNotThere_orOfAnotherKind_isSaid() {
    world.policy("worker", SMALL);
    world.deployments.clear();
    assertThat(ready("worker")).isEqualTo("false TargetNotFound: Deployment/worker does not exist");
    assertThat(leader.sentence()).contains("Deployment/worker does not exist");
  }

  @Test
  void profile_isApplied_orItsLackIsSaid() {
    world.policy("worker", SMALL + "profile: calm\n");
    assertThat(ready("worker"))
        .startsWith("false ProfileNotFound: there is no ScalingProfile calm");

    world.profiles.put(
        "calm", new Read.Invalid<>(List.of(Problem.of("spec.costPriority", "is unknown"))));
    assertThat(ready("worker"))
        .isEqualTo("false ProfileInvalid: ScalingProfile calm: spec.costPriority: is unknown");

    world.profiles.put(
        "calm",
        new Read.Valid<>(
            new Profile(
                "calm", false, Profile.Aggressiveness.MODERATE, Profile.CostPriority.BALANCED)));
    assertThat(ready("worker")).startsWith("true");
    assertThat(world.status().condition(Condition.SHADOW)).isPresent();
  }

  @Test
  void pool_mustExist_beValid_andGrantTheNamespace() {
    world.policy("worker", SMALL + "pool: gpus\n");
    assertThat(ready("worker")).startsWith("false PoolNotFound");

    world.pools.put("gpus", new Read.Invalid<>(List.of(Problem.of("spec.x", "is no field"))));
    assertThat(ready("worker")).startsWith("false PoolInvalid: GpuPool gpus: spec.x");

    world.pools.put("gpus", new Read.Valid<>(pool("other")));
    assertThat(ready("worker")).startsWith("false PoolNotGranted: GpuPool gpus does not list");

    world.pools.put("gpus", new Read.Valid<>(pool("ai")));
    assertThat(ready("worker")).startsWith("false TargetWithoutGpus");

    world.gpusPerReplica = 1;
    assertThat(ready("worker")).startsWith("true");
  }

  @Test
  void scheduleTo0_behindAnHpaThatKeepsOne_isRefused() {
    String night =
        SMALL
            + "minReplicas: 2\nschedule: [{name: night, start: '0 22 * * *', duration: 8h, timeZone:"
            + " UTC, minReplicas: 0, maxReplicas: 0}]\n";
    world.autoscalers.add(hpa("own", "", 1, 9));
    world.policy("worker", night);
    assertThat(ready("worker"))
        .startsWith("false AutoscalerKeepsReplicas: the policy goes down to 0 replicas and")
        .contains("HorizontalPodAutoscaler own keeps at least 1", "HPAScaleToZero");

    world.policy("worker", SMALL + "minReplicas: 2\n");
    assertThat(ready("worker")).startsWith("true");

    world.autoscalers.set(0, hpa("own", "", 0, 9));
    world.policy("worker", night);
    assertThat(ready("worker")).startsWith("true");
  }

  private static Autoscaler hpa(String name, String ownerUid, int min, int max) {
    return new Autoscaler(
        "ai",
        name,
        WORKER,
        Autoscaler.Follows.EXACTLY,
        new Autoscaler.Owner(ownerUid.isEmpty() ? "" : "ScalingPolicy/worker", ownerUid),
        new Autoscaler.Bounds(min, max),
        Autoscaler.Stored.UNREAD);
  }

  @Test
  void autoscalerThatIsNotOfThePolicy_whoseOwnIsToBeWritten_isRefused() {
    world.policy("worker", SMALL + "writeAutoscaler: true\n");
    assertThat(ready("worker")).startsWith("true");

    world.autoscalers.add(hpa("by-hand", "", 1, 9));
    assertThat(ready("worker"))
        .isEqualTo(
            "false ForeignAutoscaler: HorizontalPodAutoscaler by-hand scales Deployment/worker and"
                + " is not of this policy, which has spec.writeAutoscaler: delete it, or set"
                + " writeAutoscaler to false");

    world.autoscalers.set(
        0,
        new Autoscaler("ai", "worker", new ScaleTarget("apps/v1", "Deployment", "else"), true, ""));
    assertThat(ready("worker"))
        .startsWith("false ForeignAutoscaler: HorizontalPodAutoscaler worker has the name of this");

    world.autoscalers.set(0, hpa("worker", "uid-worker", 1, 9));
    assertThat(ready("worker")).startsWith("true");
  }

  @Test
  void boundsOfTheHpaAreNarrower_isSaid() {
    world.policy("worker", SMALL);
    world.pass(Duration.ofSeconds(17));
    assertThat(world.status().condition(Condition.FOLLOWED)).isEmpty();

    world.autoscalers.add(hpa("own", "", 1, 9));
    assertThat(followed())
        .isEqualTo("true Followed: HorizontalPodAutoscaler own does what it decides");

    world.autoscalers.set(0, hpa("own", "", 1, 8));
    assertThat(followed())
        .isEqualTo(
            "false BoundsNarrower: HorizontalPodAutoscaler own keeps 1 to 8 replicas and the policy"
                + " may want 1 to 9: widen it (gpuscaling generate prints it), or narrow the"
                + " policy");
    world.autoscalers.set(0, hpa("own", "", 2, 9));
    assertThat(followed()).startsWith("false BoundsNarrower: HorizontalPodAutoscaler own keeps 2");
    assertThat(ready("worker")).startsWith("true");
  }

  @Test
  void hpaWithoutTolerance_isSaid() {
    world.policy("worker", SMALL);
    Autoscaler exact = hpa("own", "", 1, 9);
    world.autoscalers.add(
        new Autoscaler(
            "ai",
            "own",
            WORKER,
            Autoscaler.Follows.LOOSELY,
            exact.owner(),
            exact.bounds(),
            exact.stored()));

    assertThat(followed())
        .startsWith("false ToleranceNotSet: HorizontalPodAutoscaler own leaves out steps of less")
        .contains("10 %", "HPAConfigurableTolerance");
    assertThat(ready("worker")).startsWith("true");
  }

  private String followed() {
    world.pass(Duration.ofSeconds(17));
    Condition it = world.status().condition(Condition.FOLLOWED).orElseThrow();
    return it.isTrue() + " " + it.reason() + ": " + it.message();
  }

  private static GpuPool pool(String namespace) {
    return new GpuPool(
        new ObjectMeta("", "gpus", "", 1, "1", Optional.empty(), Map.of()),
        OptionalInt.empty(),
        Map.of(),
        List.of("nvidia.com/gpu"),
        List.of(new Grant(namespace, WorkloadClass.NORMAL)));
  }

  @Test
  void queryThatIsNotGranted_saysWhatToChange() {
    world.policy(
        "worker",
        """
        maxReplicas: 9
        rules:
          - name: p95
            metric: {name: api_response_time_p95_seconds, query: api-response-time-p95}
            scaleUp: {threshold: "0.5"}
        """);

    assertThat(ready("worker"))
        .isEqualTo(
            "false QueryNotGranted: rule p95: PromQL query api-response-time-p95 is not granted to"
                + " namespace ai: list it with this namespace in prometheus.queries of the"
                + " metrics-adapter's configuration");
    assertThat(leader.number()).isEqualTo(-1);
  }
}
