package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A policy that cannot do what its rules ask degrades, and says so. */
class DegradedPoliciesTest {

  private static final String AT_ITS_LIMIT =
      """
      minReplicas: 1
      maxReplicas: 4
      evaluationInterval: 15s
      degradation: {after: 60s, recoverAfter: 120s}
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100, step: {value: 2}}
      """;

  private final PolicyWorld world =
      new PolicyWorld().deployment("worker", 4).queue(500).policy("worker", AT_ITS_LIMIT);

  private void look(int seconds) {
    world.pass(Duration.ofSeconds(seconds));
  }

  private static Double state(PolicyWorld.Adapter adapter, String workload, String state) {
    return adapter.registry.getSampleValue(
        "gpuscaling_policy_class_state",
        new String[] {"namespace", "policy", "class", "state"},
        new String[] {"ai", "worker", workload, state});
  }

  @Test
  void atTheMaximum_theLevelRisesStepByStep_backgroundFirst_andFallsAgain() {
    var leader = world.leader();
    look(50);
    assertThat(world.status().degradation().level()).isZero();
    assertThat(state(leader, "background", "normal")).isEqualTo(1);

    look(30);
    assertThat(world.status().degradation().level()).isEqualTo(1);
    Condition degraded = world.status().condition(Condition.DEGRADED).orElseThrow();
    assertThat(degraded.isTrue()).isTrue();
    assertThat(degraded.message())
        .isEqualTo("background is queued, normal is served as usual, critical is served as usual");
    assertThat(state(leader, "background", "queue")).isEqualTo(1);
    assertThat(state(leader, "background", "normal")).isZero();
    assertThat(world.news).anyMatch(it -> it.startsWith("worker Degraded level 1"));

    look(300);
    assertThat(world.status().degradation().level()).isEqualTo(3);
    assertThat(world.status().condition(Condition.DEGRADED).orElseThrow().message())
        .isEqualTo("background is off, normal is throttled, critical is queued");

    world.queue(0);
    look(150);
    assertThat(world.status().degradation().level()).isEqualTo(2);
    look(300);
    assertThat(world.status().degradation().level()).isZero();
    assertThat(world.news).anyMatch(it -> it.startsWith("worker Recovering level 0"));
  }

  @Test
  void takeOver_goesOnFromTheWrittenLevel() {
    var first = world.leader();
    var second = world.follower();
    look(80);
    assertThat(world.status().degradation().level()).isEqualTo(1);

    first.isStopped = true;
    second.leads = true;
    look(30);
    assertThat(world.status().degradation().level()).isEqualTo(1);
    look(30);
    assertThat(world.status().degradation().level()).isEqualTo(2);
  }

  @Test
  void levelThatCannotBeWritten_isNotInEffect_andIsWrittenLater() {
    var leader = world.leader();
    look(20);
    world.isWritable = false;
    look(100);
    assertThat(state(leader, "background", "normal")).isEqualTo(1);

    world.isWritable = true;
    look(20);
    assertThat(world.status().degradation().level()).isEqualTo(1);
  }

  @Test
  void policyIsDeleted_itsSeriesGo() {
    var leader = world.leader();
    look(80);
    world.delete("worker");
    look(2);

    assertThat(state(leader, "background", "queue")).isNull();
  }

  @Test
  void withoutDegradation_thereIsNoSuchSeries() {
    world.policy("worker", AT_ITS_LIMIT.replaceAll("degradation: .*\n", ""));
    var leader = world.leader();
    look(300);

    assertThat(state(leader, "background", "queue")).isNull();
    assertThat(world.status().condition(Condition.DEGRADED)).isEmpty();
  }
}
