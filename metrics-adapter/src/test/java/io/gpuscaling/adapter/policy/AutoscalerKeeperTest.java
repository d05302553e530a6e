package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.policy.AutoscalerStore.Outcome;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AutoscalerKeeperTest {

  private static final String SPEC =
      """
      minReplicas: 2
      maxReplicas: 9
      writeAutoscaler: true
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100}
      """;

  private static final Duration PAUSE = AutoscalerKeeper.WRITE_PAUSE.plusSeconds(1);

  private final PolicyWorld world = new PolicyWorld().deployment("worker", 4).queue(50);

  private PolicyWorld.Adapter leader() {
    world.writesAutoscalers = true;
    return world.leader();
  }

  private double count(PolicyWorld.Adapter adapter, String change, String outcome) {
    Double value =
        adapter.registry.getSampleValue(
            "gpuscaling_policy_autoscaler_writes_total",
            new String[] {"change", "outcome"},
            new String[] {change, outcome});
    return value == null ? 0 : value;
  }

  private String followed() {
    Condition it = world.status().condition(Condition.FOLLOWED).orElseThrow();
    return it.isTrue() + " " + it.reason() + ": " + it.message();
  }

  @Test
  void policyAsksForAnHpa_isMadeOnce_ownedByThePolicy_asGenerateHasIt() {
    PolicyWorld.Adapter leader = leader();
    world.policy("worker", SPEC);

    world.pass(Duration.ofMinutes(1));

    assertThat(world.stored.tries).containsExactly("create worker");
    Autoscaler hpa = world.autoscalers.getFirst();
    assertThat(hpa.isOwnedBy("uid-worker")).isTrue();
    assertThat(hpa.bounds()).isEqualTo(new Autoscaler.Bounds(2, 9));
    assertThat(count(leader, "create", "done")).isEqualTo(1);
    assertThat(followed()).startsWith("true Followed");
    assertThat(leader.number()).isEqualTo(4);
  }

  @Test
  void policyIsChanged_orSomebodyChangesTheHpa_isWrittenBack_notMoreOftenThanEach10Seconds() {
    PolicyWorld.Adapter leader = leader();
    world.policy("worker", SPEC);
    world.pass(PAUSE);

    for (int i = 0; i < 30; i++) {
      Map<String, Object> foreign = new HashMap<>(world.autoscalers.getFirst().stored().spec());
      foreign.put("maxReplicas", 100);
      world.stored.put("worker", "uid-worker", foreign);
      world.pass(Duration.ofSeconds(1));
    }
    assertThat(world.stored.tries).startsWith("create worker", "correct worker v1").hasSize(4);
    assertThat(count(leader, "correct", "done")).isEqualTo(3);

    world.pass(PAUSE);
    assertThat(world.autoscalers.getFirst().bounds().maxReplicas()).isEqualTo(9);

    world.policy("worker", SPEC.replace("9", "12"));
    world.pass(PAUSE);
    assertThat(world.autoscalers.getFirst().bounds().maxReplicas()).isEqualTo(12);
  }

  @Test
  void hpaIsFrozenByHand_isLeftAsItIs_andSaid_untilItIsNot() {
    var _ = leader();
    world.policy("worker", SPEC);
    world.pass(PAUSE);
    Map<String, Object> frozen = new HashMap<>(world.autoscalers.getFirst().stored().spec());
    frozen.put("minReplicas", 4);
    frozen.put("maxReplicas", 4);
    world.stored.freeze("worker", "uid-worker", frozen);
    world.pass(PAUSE.multipliedBy(3));

    assertThat(world.stored.tries).containsExactly("create worker");
    assertThat(followed()).startsWith("false Frozen: ").contains("at 4", "unfreeze worker");

    world.stored.put("worker", "uid-worker", frozen);
    world.pass(PAUSE);
    assertThat(world.autoscalers.getFirst().bounds()).isEqualTo(new Autoscaler.Bounds(2, 9));
  }

  @Test
  void hpaOfAnother_isNeverTouched() {
    var _ = leader();
    world.autoscalers.add(
        new Autoscaler(
            "ai", "worker", new ScaleTarget("apps/v1", "Deployment", "worker"), true, ""));
    world.policy("worker", SPEC);

    world.pass(Duration.ofMinutes(1));

    assertThat(world.stored.tries).isEmpty();
    assertThat(world.status().condition(Condition.READY).orElseThrow().reason())
        .isEqualTo("ForeignAutoscaler");
  }

  @Test
  void serverThatDropsTheTolerance_getsPoliciesOfTheStepInstead_once() {
    var _ = leader();
    world.stored.dropsTolerance = true;
    world.policy("worker", SPEC.replace("9", "50"));
    world.pass(PAUSE.multipliedBy(4));

    assertThat(world.stored.tries).containsExactly("create worker", "correct worker v1");
    assertThat(world.autoscalers.getFirst().stored().spec().toString())
        .contains("value=1, periodSeconds=60")
        .doesNotContain("tolerance");
  }

  @Test
  void hpaIsTakenAway_isMadeAnew() {
    var _ = leader();
    world.policy("worker", SPEC);
    world.pass(PAUSE);
    world.autoscalers.clear();
    world.pass(PAUSE);

    assertThat(world.stored.tries).containsExactly("create worker", "create worker");
  }

  @Test
  void shadow_orNotAskedFor_orAFollower_writesNone() {
    world.writesAutoscalers = true;
    var _ = world.follower();
    world.policy("worker", SPEC);
    world.pass(PAUSE);
    var leader = world.leader();
    world.policy("worker", SPEC + "mode: Shadow\n");
    world.pass(PAUSE);
    world.policy("worker", SPEC.replace("writeAutoscaler: true\n", ""));
    world.pass(PAUSE);

    assertThat(leader.leads).isTrue();
    assertThat(world.stored.tries).isEmpty();
  }

  @Test
  void adapterHasNotBeenTold_isSaid() {
    var _ = world.leader();
    world.policy("worker", SPEC);
    world.pass(PAUSE);

    assertThat(world.stored.tries).isEmpty();
    assertThat(followed())
        .startsWith("false WritingNotAllowed: ")
        .contains("policies.autoscalers", "components/autoscalers");
  }

  @Test
  void writeFails_isSaidAndCounted_andTriedAgain() {
    PolicyWorld.Adapter leader = leader();
    world.stored.outcome = new Outcome.Failed("may not");
    world.policy("worker", SPEC);
    world.pass(PAUSE.multipliedBy(3));

    assertThat(followed())
        .isEqualTo(
            "false NotWritten: the HorizontalPodAutoscaler of the policy cannot be written: may"
                + " not");
    assertThat(count(leader, "create", "failed")).isGreaterThanOrEqualTo(2);

    world.stored.outcome = new Outcome.Conflict();
    world.pass(PAUSE);
    assertThat(count(leader, "create", "conflict")).isEqualTo(1);
    world.stored.outcome = new Outcome.Written();
    world.pass(PAUSE.plusSeconds(20));
    assertThat(followed()).startsWith("true Followed");
  }
}
