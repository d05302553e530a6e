package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.policy.Autoscaler.Handover;
import io.gpuscaling.adapter.policy.AutoscalerStore.Outcome;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TakeOverTest {

  private static final ScaleTarget WORKER = new ScaleTarget("apps/v1", "Deployment", "worker");
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

  private String ready() {
    world.pass(Duration.ofSeconds(1));
    Condition ready = world.status().condition(Condition.READY).orElseThrow();
    return ready.isTrue() + " " + ready.reason() + ": " + ready.message();
  }

  private static Autoscaler marked(String toPolicy, Autoscaler.Owner owner, boolean frozen) {
    return new Autoscaler(
        "ai",
        "web",
        WORKER,
        Autoscaler.Follows.NOT,
        owner,
        new Autoscaler.Bounds(1, 30, frozen),
        Autoscaler.Stored.UNREAD,
        Optional.empty(),
        new Handover(toPolicy, false));
  }

  private static Autoscaler marked(String toPolicy) {
    return marked(toPolicy, Autoscaler.Owner.NONE, false);
  }

  @Test
  void foreignHpa_isTouchedOnlyWhenItsOwnerMarksIt_andFollowsThen() {
    PolicyWorld.Adapter leader = leader();
    world.autoscalers.add(marked(""));
    world.policy("worker", SPEC);
    world.pass(PAUSE);
    assertThat(world.stored.tries).isEmpty();
    assertThat(ready()).startsWith("false ForeignAutoscaler").contains("gpuscaling.io/take-over");

    world.stored.hand("web", new Handover("worker", false));
    world.pass(Duration.ofMinutes(1));

    assertThat(world.stored.tries).containsExactly("take-over web");
    Autoscaler taken = world.autoscalers.getFirst();
    assertThat(taken.name()).isEqualTo("web");
    assertThat(taken.isOwnedBy("uid-worker")).isTrue();
    assertThat(taken.bounds()).isEqualTo(new Autoscaler.Bounds(2, 9));
    assertThat(ready()).startsWith("true");
    assertThat(leader.number()).isEqualTo(4);
    assertThat(world.deployments).containsEntry("worker", 4);
    assertThat(world.news)
        .filteredOn(it -> it.startsWith("worker TakenOver HorizontalPodAutoscaler web follows"))
        .hasSize(1);
  }

  @Test
  void hpaThatFollowsAlready_isTakenOver_whenThePolicyWantsItsOwn() {
    var _ = leader();
    world.autoscalers.add(new Autoscaler("ai", "web", WORKER, true, ""));
    world.policy("worker", SPEC);
    assertThat(ready()).startsWith("false ForeignAutoscaler");

    world.stored.hand("web", new Handover("worker", false));
    world.pass(PAUSE);

    assertThat(world.stored.tries).containsExactly("take-over web");
    assertThat(ready()).startsWith("true");
  }

  @Test
  void markIsTakenAway_isGivenBackOnce_whateverThePolicySays() {
    PolicyWorld.Adapter leader = leader();
    world.autoscalers.add(marked("worker"));
    world.policy("worker", SPEC);
    world.pass(PAUSE);
    world.policy("worker", SPEC.replace("writeAutoscaler: true", "mode: Shadow"));
    world.pass(PAUSE);
    assertThat(world.stored.tries).containsExactly("take-over web");

    world.stored.hand("web", new Handover("", true));
    world.pass(Duration.ofMinutes(1));

    assertThat(world.stored.tries).containsExactly("take-over web", "give-back web");
    assertThat(world.autoscalers.getFirst().owner()).isEqualTo(Autoscaler.Owner.NONE);
    assertThat(ready()).startsWith("false ForeignAutoscaler");
    assertThat(leader.number()).isEqualTo(-1);
    assertThat(world.news).anyMatch(it -> it.startsWith("worker GivenBack "));
  }

  @Test
  void takenOverHpa_isWrittenBackUnderItsName() {
    var _ = leader();
    world.autoscalers.add(marked("worker"));
    world.policy("worker", SPEC);
    world.pass(PAUSE);
    world.policy("worker", SPEC.replace("9", "12"));
    world.pass(PAUSE);

    assertThat(world.stored.tries).hasSize(2).last().asString().startsWith("correct web ");
    assertThat(world.autoscalers).hasSize(1);
  }

  @Test
  void markNamesAnother_orSomebodyControlsIt_orItIsFrozen_isRefused() {
    var _ = leader();
    world.policy("worker", SPEC);
    world.autoscalers.add(marked("other"));
    assertThat(ready())
        .isEqualTo(
            "false TakeOverNamesAnother: the annotation gpuscaling.io/take-over of"
                + " HorizontalPodAutoscaler web names policy other, and this one is worker: correct"
                + " it, or delete one of the two");

    world.autoscalers.set(
        0, marked("worker", new Autoscaler.Owner("ScaledObject/keda", "u"), false));
    assertThat(ready())
        .startsWith("false TakeOverControlled: HorizontalPodAutoscaler web (of ScaledObject/keda)")
        .contains("ScaledObject/keda controls it and would write it back");

    world.autoscalers.set(0, marked("worker", Autoscaler.Owner.NONE, true));
    assertThat(ready()).startsWith("false TakeOverFrozen").contains("unfreeze web");
    world.pass(PAUSE);
    assertThat(world.stored.tries).isEmpty();
  }

  @Test
  void policyDoesNotAsk_orIsInShadow_orReplicasWouldChange_isRefused() {
    var _ = leader();
    world.autoscalers.add(marked("worker"));
    world.policy("worker", SPEC.replace("writeAutoscaler: true\n", ""));
    assertThat(ready()).startsWith("false TakeOverNotAsked").contains("gpuscaling generate");

    world.policy("worker", SPEC + "mode: Shadow\n");
    assertThat(ready()).startsWith("false TakeOverInShadow");

    for (int replicas : new int[] {1, 10}) {
      world.deployment("worker", replicas);
      world.policy("worker", SPEC);
      assertThat(ready())
          .startsWith("false TakeOverOutOfBounds: ")
          .contains("has " + replicas + " replicas", "2 to 9");
    }
    world.pass(PAUSE);
    assertThat(world.stored.tries).isEmpty();
  }

  @Test
  void adapterHasNotBeenTold_orDoesNotLead_takesNothing() {
    var _ = world.leader();
    world.autoscalers.add(marked("worker"));
    world.policy("worker", SPEC);
    assertThat(ready()).startsWith("false TakeOverNotAllowed").contains("components/autoscalers");

    var other = new PolicyWorld().deployment("worker", 4).queue(50);
    other.writesAutoscalers = true;
    var _ = other.follower();
    other.autoscalers.add(marked("worker"));
    other.policy("worker", SPEC);
    other.pass(PAUSE);
    assertThat(other.stored.tries).isEmpty();
  }

  @Test
  void secondHpaOnTheTarget_isNoMatterOfATakeOver() {
    var _ = leader();
    world.autoscalers.add(marked("worker"));
    world.autoscalers.add(new Autoscaler("ai", "more", WORKER, false, ""));
    world.policy("worker", SPEC);

    assertThat(ready()).startsWith("false ForeignAutoscaler");
    world.pass(PAUSE);
    assertThat(world.stored.tries).isEmpty();
  }

  @Test
  void writeFails_isSaid_andTriedAgain() {
    var _ = leader();
    world.stored.outcome = new Outcome.Failed("may not");
    world.autoscalers.add(marked("worker"));
    world.policy("worker", SPEC);
    world.pass(PAUSE);

    assertThat(ready())
        .startsWith("false TakeOverFailed: HorizontalPodAutoscaler web is marked for this policy")
        .endsWith("that has failed: may not");
    world.stored.outcome = new Outcome.Written();
    world.pass(PAUSE);
    assertThat(ready()).startsWith("true");
  }
}
