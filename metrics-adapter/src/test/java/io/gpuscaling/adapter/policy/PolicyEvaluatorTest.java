package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.gpuscaling.policy.state.Pending;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PolicyEvaluatorTest {

  /** +2 above 100 each 5 minutes, -1 below 10 each 10 minutes: the specification's figures. */
  static final String QUEUE =
      """
      minReplicas: 2
      maxReplicas: 50
      evaluationInterval: 15s
      cooldown: {scaleUp: 300s, scaleDown: 600s}
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100, step: {value: 2}}
          scaleDown: {operator: LessThan, threshold: 10}
      """;

  private final PolicyWorld world = new PolicyWorld().deployment("worker", 4).queue(50);

  private static void look(PolicyWorld world, int seconds) {
    world.pass(Duration.ofSeconds(seconds));
  }

  @Test
  void queueWithinTheBand_isSteady_andServesWhatIsThere() {
    var leader = world.policy("worker", QUEUE).leader();
    look(world, 20);

    assertThat(leader.number()).isEqualTo(4);
    assertThat(world.status().state()).isEqualTo("Steady");
    assertThat(world.status().condition(Condition.READY).orElseThrow().isTrue()).isTrue();
    int writes = world.writes;
    look(world, 600);
    assertThat(world.writes).isEqualTo(writes);
  }

  @Test
  void actionIsWritten_beforeAnybodyServesIt() {
    var leader = world.policy("worker", QUEUE).leader();
    var follower = world.follower();
    look(world, 20);
    world.queue(150);
    world.isWritable = false;
    look(world, 40);
    assertThat(leader.number()).isEqualTo(4);
    assertThat(follower.number()).isEqualTo(4);

    world.isWritable = true;
    look(world, 20);
    assertThat(world.status().actions().pending().orElseThrow().to()).isEqualTo(6);
    assertThat(leader.number()).isEqualTo(6);
    assertThat(follower.number()).isEqualTo(6);
    assertThat(world.status().decision()).containsEntry("reason", "RuleBreached");
  }

  @Test
  void decision_staysServed_untilTheTargetFollows_thenCoolsDown() {
    var leader = world.policy("worker", QUEUE).queue(150).leader();
    look(world, 20);
    world.queue(50);
    look(world, 60);
    assertThat(leader.number()).isEqualTo(6);

    world.deployment("worker", 6).queue(150);
    look(world, 2);
    assertThat(world.status().actions().pending()).isEmpty();
    assertThat(world.status().actions().lastUp()).isPresent();
    look(world, 290);
    assertThat(leader.number()).isEqualTo(6);
    assertThat(world.status().state()).isEqualTo("Held");
    look(world, 30);
    assertThat(leader.number()).isEqualTo(8);
    assertThat(world.news)
        .anyMatch(it -> it.startsWith("worker ScalingUp from 4 to 6"))
        .contains(
            "worker TargetReached the target has 6 replicas; kubectl gpuscaling explain worker -n"
                + " ai")
        .allMatch(it -> it.matches(".*; kubectl gpuscaling [a-z]+ worker -n ai"));
  }

  @Test
  void somebodyElseChangesTheReplicas_theDecisionIsVoidAtOnce() {
    var leader = world.policy("worker", QUEUE).queue(150).leader();
    look(world, 20);
    assertThat(leader.number()).isEqualTo(6);

    world.queue(50).deployment("worker", 11);
    look(world, 2);
    assertThat(leader.number()).isEqualTo(11);
    assertThat(world.status().actions().pending()).isEmpty();
    assertThat(world.news).anyMatch(it -> it.startsWith("worker ChangedByOther"));
  }

  @Test
  void targetDoesNotFollow_failsAtTheDeadline() {
    var leader = world.policy("worker", QUEUE).queue(150).leader();
    look(world, 20);
    world.queue(50);
    look(world, 299);
    assertThat(leader.number()).isEqualTo(4);
    look(world, 20);
    assertThat(world.status().actions().pending()).isEmpty();
    assertThat(world.news).anyMatch(it -> it.startsWith("worker TargetNotReached"));
    assertThat(
            leader.registry.getSampleValue(
                "gpuscaling_policy_actions_total",
                new String[] {"direction", "outcome"},
                new String[] {"up", "failed"}))
        .isEqualTo(1);
  }

  @Test
  void targetIsNotAsItWasThought_isNotActedUpon() {
    var leader = world.policy("worker", QUEUE).leader();
    look(world, 20);
    world.queue(150);
    var pending = world.status().actions();
    // The watch still shows 4 while the target is set to 9.
    assertThat(write(leader, new ScaleReader.Replicas.Known(9)))
        .isInstanceOf(StatusStore.Outcome.Failed.class);
    assertThat(write(leader, new ScaleReader.Replicas.Unknown("away")))
        .isEqualTo(new StatusStore.Outcome.Failed("away"));
    assertThat(world.status().actions()).isEqualTo(pending);
    leader.leads = false;
    assertThat(write(leader, new ScaleReader.Replicas.Known(4)))
        .isEqualTo(new StatusStore.Outcome.Failed("another replica leads by now"));
  }

  private StatusStore.Outcome write(PolicyWorld.Adapter leader, ScaleReader.Replicas now) {
    var writes =
        new StatusWrites(
            world,
            (_, _) -> now,
            leader,
            new DeletionOrders(
                Optional.empty(), Runnable::run, new PolicyMetrics(new CollectorRegistry())));
    var object = world.object("worker");
    var next =
        object
            .status()
            .actions()
            .withPending(Optional.of(new Pending(world.now(), 4, 6, false, false)));
    try {
      return writes.write(
          object,
          StatusDraft.followed(object, next, 4),
          Optional.of(
              new StatusWrites.Basis(
                  new ScaleTarget("apps/v1", "Deployment", "worker"), 4, List.of())));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void leaderDies_betweenDecisionAndEffect_theNextOneGoesOn() {
    var first = world.policy("worker", QUEUE).queue(150).leader();
    var second = world.follower();
    look(world, 20);
    first.isStopped = true;
    first.leads = false;
    second.leads = true;
    look(world, 20);
    assertThat(second.number()).isEqualTo(6);

    world.deployment("worker", 6);
    look(world, 290);
    assertThat(world.status().actions().changes()).hasSize(1);
    assertThat(second.number()).isEqualTo(6);
    look(world, 30);
    assertThat(second.number()).isEqualTo(8);
  }

  @Test
  void leaderStoppedAndThawed_servesNothing_untilItHasCaughtUp_andWritesNothing() {
    var first = world.policy("worker", QUEUE).queue(150).leader();
    var second = world.follower();
    look(world, 20);
    first.isStopped = true;
    second.leads = true;
    world.deployment("worker", 6);
    look(world, 30);
    assertThat(first.sentence()).contains("has not looked at its scaling policies for");
    int writes = world.writes;

    first.isStopped = false;
    first.leads = false;
    look(world, 1);
    assertThat(first.sentence()).contains("was stopped");
    look(world, 5);
    assertThat(first.number()).isEqualTo(6);
    assertThat(second.number()).isEqualTo(6);
    assertThat(world.writes).isEqualTo(writes);
  }

  @Test
  void noLeader_isServedForTwoLeases_andNoLonger() {
    var follower = world.policy("worker", QUEUE).follower();
    look(world, 5);
    assertThat(follower.sentence()).contains("has not been evaluated yet");
    var leader = world.leader();
    look(world, 16);
    assertThat(follower.number()).isEqualTo(4);

    leader.isStopped = true;
    follower.heartbeat = Optional.of(Duration.ofSeconds(30));
    look(world, 1);
    assertThat(follower.number()).isEqualTo(4);
    follower.heartbeat = Optional.of(Duration.ofSeconds(31));
    look(world, 1);
    assertThat(follower.sentence()).isEqualTo("no adapter that decides has been heard of for 31 s");
    follower.heartbeat = Optional.empty();
    look(world, 1);
    assertThat(follower.sentence()).isEqualTo("no adapter has been heard of that decides");
  }

  @Test
  void nothingIsKnownOfTheQueue_noNumber() {
    world.sources.queue = Optional.empty();
    var leader = world.policy("worker", QUEUE).leader();
    look(world, 20);

    assertThat(world.status().state()).isEqualTo("Unknown");
    assertThat(leader.sentence()).contains("none of its rules has had a data point");
  }

  @Test
  void lowerBound_raises_andNeverLowers() {
    world.sources.queue = Optional.of(new SampleValue.Known(150, Exactness.LOWER_BOUND));
    var leader = world.policy("worker", QUEUE).leader();
    look(world, 20);
    assertThat(leader.number()).isEqualTo(6);
    assertThat(String.valueOf(world.status().decision().get("rules"))).contains("lowerBound");

    world.deployment("worker", 6);
    world.sources.queue = Optional.of(new SampleValue.Known(0, Exactness.LOWER_BOUND));
    look(world, 700);
    assertThat(leader.number()).isEqualTo(6);
  }

  @Test
  void queueIsNotGranted_isAMissingObservation_thatNamesTheKey() {
    var leader = world.policy("worker", QUEUE.replace("queue: jobs", "queue: other")).leader();
    look(world, 20);
    assertThat(leader.number()).isEqualTo(-1);
    assertThat(String.valueOf(world.status().decision().get("rules"))).contains("no series of");
  }

  @Test
  void orderByAnnotation_isKeptAndEndsByItself() {
    var leader = world.policy("worker", QUEUE, "gpuscaling.io/override", "pause-at=9").leader();
    look(world, 20);
    assertThat(leader.number()).isEqualTo(9);
    assertThat(world.status().override().orElseThrow().order()).isEqualTo("pause-at=9");
    assertThat(world.news)
        .anyMatch(it ->
            it.startsWith("worker Overridden by hand: pause-at=9 until ")
                && it.endsWith("kubectl gpuscaling resume worker -n ai"));
    assertThat(world.status().condition(Condition.PAUSED).orElseThrow().isTrue()).isTrue();

    world.deployment("worker", 9).policy("worker", QUEUE, "gpuscaling.io/override", "pause");
    world.queue(150);
    look(world, 60);
    assertThat(leader.number()).isEqualTo(9);
    assertThat(world.status().state()).isEqualTo("Overridden");
    world.policy("worker", QUEUE);
    look(world, 2);
    assertThat(world.status().override()).isEmpty();
    assertThat(world.news).anyMatch(it -> it.startsWith("worker OverrideEnded pause by hand"));
  }

  @Test
  void runaway_pauses_isToldAndCounted_andResumesByHand() {
    String turning =
        QUEUE
            .replace("scaleUp: 300s, scaleDown: 600s", "scaleUp: 15s, scaleDown: 15s")
            .replace(
                "rules:",
                "runawayProtection: {maxActionsPerHour: 300, maxDirectionChangesPerHour: 1}\n"
                    + "rules:");
    var leader = world.policy("worker", turning).queue(150).leader();
    look(world, 20);
    world.deployment("worker", 6).queue(0);
    look(world, 40);
    world.deployment("worker", 5).queue(150);
    look(world, 40);

    assertThat(world.status().state()).isEqualTo("Paused");
    assertThat(leader.number()).isEqualTo(5);
    assertThat(world.news)
        .anyMatch(it ->
            it.startsWith("worker RunawayProtection")
                && it.endsWith("to go on now; kubectl gpuscaling resume worker -n ai"));
    assertThat(paused(leader)).isEqualTo(1);

    world.policy("worker", turning, "gpuscaling.io/resumed-at", world.now().toString());
    look(world, 40);
    assertThat(leader.number()).isEqualTo(7);
    assertThat(world.news).anyMatch(it -> it.startsWith("worker Resumed"));
    assertThat(paused(leader)).isZero();
  }

  private static double paused(PolicyWorld.Adapter adapter) {
    return adapter.registry.getSampleValue(
        "gpuscaling_policy_paused",
        new String[] {"namespace", "policy"},
        new String[] {"ai", "worker"});
  }

  @Test
  void shadow_computesAndShows_andServesWhatIsThere() {
    var leader = world.policy("worker", QUEUE + "mode: Shadow\n").queue(150).leader();
    look(world, 20);

    assertThat(world.status().desiredReplicas()).hasValue(6);
    assertThat(world.status().condition(Condition.SHADOW)).isPresent();
    assertThat(leader.number()).isEqualTo(4);
  }

  @Test
  void atTheMaximum_theConditionSaysSo() {
    world.policy("worker", QUEUE.replace("50\n", "4\n")).queue(150).leader();
    look(world, 20);

    assertThat(world.status().condition(Condition.SCALING_LIMITED).orElseThrow().isTrue()).isTrue();
  }

  @Test
  void specChanges_isEvaluatedAtOnce() {
    world.policy("worker", QUEUE).leader();
    look(world, 20);
    world.policy("worker", QUEUE.replace("minReplicas: 2", "minReplicas: 5"));
    look(world, 2);

    assertThat(world.status().actions().pending().orElseThrow().to()).isEqualTo(5);
    assertThat(world.status().observedGeneration()).isEqualTo(2);
  }

  @Test
  void scheduleIsAdded_whileThePolicyRuns_holds() {
    var leader = world.policy("worker", QUEUE).leader();
    look(world, 20);
    world.policy(
        "worker",
        QUEUE
            + """
            schedule:
              - {name: noon, start: "0 12 * * *", duration: 1h, timeZone: UTC, minReplicas: 0, maxReplicas: 0}
            """);
    look(world, 2);
    assertThat(leader.number()).isZero();
  }

  @Test
  void ruleObservesSomethingElse_forgetsWhatItKnew() {
    var leader = world.policy("worker", QUEUE).leader();
    look(world, 20);
    assertThat(leader.number()).isEqualTo(4);
    world.policy(
        "worker", QUEUE.replace("rabbitmq_queue_messages_ready", "rabbitmq_queue_messages"));
    look(world, 2);
    assertThat(world.status().state()).isEqualTo("Unknown");
  }

  @Test
  void objectMadeAnew_forgetsNothingOfTheOldOne_butBeginsAtNothing() {
    var leader = world.policy("worker", QUEUE).queue(150).leader();
    look(world, 20);
    world.delete("worker");
    look(world, 2);
    assertThat(leader.sentence()).isEqualTo("there is no such policy");
    assertThat(
            leader.registry.getSampleValue(
                "gpuscaling_policy_paused",
                new String[] {"namespace", "policy"},
                new String[] {"ai", "worker"}))
        .isNull();
  }

  @Test
  void clusterOrPoliciesAreNotRead_nothingIsServed_andNothingWritten() {
    var leader = world.policy("worker", QUEUE).leader();
    look(world, 20);
    int writes = world.writes;
    world.isSynced = false;
    look(world, 20);
    assertThat(leader.sentence()).contains("workloads");
    world.isReadable = false;
    look(world, 20);
    assertThat(leader.sentence()).contains("scaling policies");
    assertThat(world.writes).isEqualTo(writes);
  }

  @Test
  void conflict_isTakenUpAtTheNextEvaluation() {
    var leader = world.policy("worker", QUEUE).leader();
    var other = world.leader(); // two at a time: what the version must prevent
    world.queue(150);
    look(world, 40);

    assertThat(leader.number()).isEqualTo(6);
    assertThat(other.number()).isEqualTo(6);
    world.deployment("worker", 6);
    look(world, 200);
    assertThat(world.status().actions().changes()).hasSize(1);
    assertThat(leader.number()).isEqualTo(6);
  }

  @Test
  void refusedPolicyCannotBeWritten_isTriedOnceASecond() {
    var leader = world.policy("worker", QUEUE + "profile: nowhere\n").leader();
    world.isWritable = false;
    look(world, 60);
    double failed =
        leader.registry.getSampleValue(
            "gpuscaling_policy_status_writes_total",
            new String[] {"outcome"},
            new String[] {"failed"});
    assertThat(failed).isBetween(20.0, 60.0);
    world.isWritable = true;
    look(world, 3);
    assertThat(world.status().state()).isEqualTo("NotReady");
  }

  @Test
  void manySteadyPolicies_areWrittenOnceEach() {
    for (int i = 0; i < 200; i++) {
      world.deployment("d" + i, 4);
    }
    world.policy("worker", QUEUE).leader();
    look(world, 20);
    int writes = world.writes;
    look(world, 120);

    assertThat(world.writes).isEqualTo(writes);
  }
}
