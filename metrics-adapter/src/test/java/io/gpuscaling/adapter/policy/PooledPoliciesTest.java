package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.pool.PoolUse;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.PolicyName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Two policies of different class on one pool of GPUs. */
class PooledPoliciesTest {

  private final PolicyWorld world =
      new PolicyWorld()
          .deployment("paying", 4)
          .deployment("archive", 4)
          .node("gpu-1", 8, false)
          .pool("a", -1)
          .queue(50);
  private final PolicyWorld.Adapter leader = world.leader();

  PooledPoliciesTest() {
    world.gpusPerReplica = 1;
  }

  private static String spec(String workloadClass, String more) {
    return """
    minReplicas: 1
    maxReplicas: 50
    pool: a
    workloadClass: %s
    evaluationInterval: 15s
    cooldown: {scaleUp: 300s, scaleDown: 600s}
    rules:
      - name: queue
        metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
        scaleUp: {threshold: 100, step: {value: 2}}
        scaleDown: {operator: LessThan, threshold: 10}
    %s
    """
        .formatted(workloadClass, more);
  }

  private void bothPolicies(String morePaying) {
    world
        .policyOf("archive", "archive", spec("background", ""))
        .policyOf("paying", "paying", spec("critical", morePaying));
  }

  private int number(String policy) {
    return leader.served.number(new PolicyName(PolicyWorld.NAMESPACE, policy))
            instanceof ServedNumber.Replicas(int replicas)
        ? replicas
        : -1;
  }

  private void look(int seconds) {
    world.pass(Duration.ofSeconds(seconds));
  }

  /** The targets do what is served, as HPAs would. */
  private void follow(int seconds) {
    for (int i = 0; i < seconds; i++) {
      look(1);
      world.deployments.replaceAll((name, replicas) -> number(name) < 0 ? replicas : number(name));
    }
  }

  private String reason(String policy) {
    return String.valueOf(world.object(policy).status().decision().get("reason"));
  }

  @Test
  void poolIsFull_nobodyIsRaised_andTheReasonIsTheQuota() {
    bothPolicies("");
    world.queue(500);
    look(40);

    assertThat(number("paying")).isEqualTo(4);
    assertThat(number("archive")).isEqualTo(4);
    assertThat(reason("paying")).isEqualTo("AtQuota");
    assertThat(world.object("paying").status().condition(Condition.SCALING_LIMITED))
        .hasValueSatisfying(it -> assertThat(it.isTrue()).isTrue());
  }

  @Test
  void statusOfThePool_saysItsSizeAndWhatIsTaken_decisionsIncluded_whenThatChanges() {
    List<String> written = new ArrayList<>();
    world.poolStatuses =
        (pool, _, verdict, _) -> {
          PoolUse use = verdict.use().orElseThrow();
          written.add(pool + " " + use.used() + " of " + use.size());
          return written.size() == 1 ? Optional.of("the API server is away") : Optional.empty();
        };
    bothPolicies("");
    world.node("gpu-2", 3, false);
    look(30);
    // Once in vain, and again.
    assertThat(written).containsExactly("a 8 of 11", "a 8 of 11");
    assertThat(count("failed")).isEqualTo(1);
    assertThat(count("done")).isEqualTo(1);

    world.queue(500);
    look(30);
    assertThat(written).last().isEqualTo("a 11 of 11");
    assertThat(written).hasSizeLessThanOrEqualTo(4);
  }

  @Test
  void poolThatContradictsItself_orCannotBeRead_isSaidOnce() {
    List<String> written = new ArrayList<>();
    world.poolStatuses =
        (_, generation, verdict, _) -> {
          written.add(generation.orElse(-1) + " " + verdict.reason());
          return Optional.empty();
        };
    bothPolicies("");
    look(30);
    assertThat(written).last().isEqualTo("1 Counted");
    int before = written.size();

    world.pools.put(
        "a", new Read.Invalid<>(List.of(Problem.of("spec.gpuLimit", "must not be negative"))));
    look(30);
    assertThat(written).hasSize(before + 1).last().isEqualTo("-1 Invalid");

    world.pools.put(
        "a", new Read.Invalid<>(List.of(Problem.of("spec.gpuLimit", "must not be negative"))));
    look(30);
    // Another object with the same fault: of which generation nobody here knows.
    assertThat(written).hasSize(before + 2);
  }

  private double count(String outcome) {
    return leader.registry.getSampleValue(
        "gpuscaling_pool_status_writes_total", new String[] {"outcome"}, new String[] {outcome});
  }

  @Test
  void poolHasRoom_whatElseHoldsIsTheReason_andNothingIsLimited() {
    bothPolicies("");
    world.node("gpu-2", 20, false).queue(500);
    follow(60);

    assertThat(world.deployments).containsEntry("paying", 6).containsEntry("archive", 6);
    assertThat(reason("paying")).isEqualTo("CoolingDown");
    assertThat(world.object("paying").status().condition(Condition.SCALING_LIMITED))
        .hasValueSatisfying(it -> assertThat(it.isTrue()).isFalse());
  }

  @Test
  void roomForOne_theCriticalOneGetsIt_andNeverMoreThanThePoolHas() {
    bothPolicies("");
    world.node("gpu-2", 1, false).queue(500);
    follow(60);

    assertThat(world.deployments).containsEntry("paying", 5).containsEntry("archive", 4);

    world.node("gpu-2", 4, false);
    follow(1200);
    assertThat(world.deployments).containsEntry("paying", 7).containsEntry("archive", 5);
  }

  @Test
  void reclaim_takesFromTheLowerClass_downToItsMinimum() {
    bothPolicies("reclaim: true");
    world.queue(500);
    follow(7200);

    assertThat(world.deployments).containsEntry("archive", 1).containsEntry("paying", 7);
  }

  @Test
  void podsWithoutAPolicy_countToo() {
    bothPolicies("");
    world.node("gpu-2", 2, false).foreignPod("notebook", "gpu-2", 2).queue(500);
    look(40);

    assertThat(number("paying")).isEqualTo(4);
    world.foreignPods.clear();
    look(20);
    assertThat(number("paying")).isEqualTo(6);
  }

  @Test
  void limitIsLowered_whatIsHeldIsTakenFromTheLowestClass() {
    bothPolicies("");
    look(20);
    world.pool("a", 6);
    follow(60);

    assertThat(world.deployments).containsEntry("paying", 4).containsEntry("archive", 2);
    assertThat(world.news)
        .anyMatch(it ->
            it.startsWith("archive ScalingDown") && it.contains("above what the GPU pool grants"))
        .noneMatch(it -> it.startsWith("paying ScalingDown"));
  }

  @Test
  void nodesGoAway_nothingIsAdded_andNothingTaken() {
    bothPolicies("");
    world.node("gpu-1", 8, true).queue(500);
    follow(120);

    assertThat(world.deployments).containsEntry("paying", 4).containsEntry("archive", 4);
    assertThat(reason("paying")).isEqualTo("AtQuota");
  }

  @Test
  void nodesCanCome_soManyMayWaitForThem() {
    world.policyOf(
        "paying", "paying", spec("critical", "vramGate: {mode: AutoscaledPool, maxPending: 1}"));
    world.policyOf("archive", "archive", spec("background", "")).queue(500);
    look(40);

    assertThat(number("paying")).isEqualTo(5);
    assertThat(number("archive")).isEqualTo(4);
  }

  @Test
  void shadowedPolicy_claimsNothing() {
    world
        .policyOf("archive", "archive", spec("background", ""))
        .policyOf("paying", "paying", spec("critical", "shadow: true"));
    world.deployment("paying", 0).queue(500);
    look(40);

    assertThat(number("archive")).isEqualTo(6);
  }

  @Test
  void targetRequestsNoGpu_isRefusedWithWhatToChange() {
    world.gpusPerReplica = 0;
    bothPolicies("");
    look(20);

    Condition ready = world.object("paying").status().condition(Condition.READY).orElseThrow();
    assertThat(ready.reason()).isEqualTo("TargetWithoutGpus");
    assertThat(ready.message()).contains("requests none of nvidia.com/gpu").contains("spec.pool");
    assertThat(number("paying")).isEqualTo(-1);
  }

  @Test
  void deletedPolicy_claimsNothingAnyMore() {
    bothPolicies("");
    world.node("gpu-2", 2, false).queue(500);
    look(40);
    assertThat(number("paying")).isEqualTo(6);
    assertThat(number("archive")).isEqualTo(4);

    world.delete("paying");
    look(20);
    assertThat(number("archive")).isEqualTo(6);
  }
}
