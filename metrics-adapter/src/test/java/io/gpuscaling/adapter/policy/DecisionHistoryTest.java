package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What becomes of decisions that others follow, and of those of a spec that is no more. */
class DecisionHistoryTest {

  private static final String QUEUE = PolicyEvaluatorTest.QUEUE;

  private final PolicyWorld world = new PolicyWorld().deployment("worker", 4).queue(50);

  private static void look(PolicyWorld world, int seconds) {
    world.pass(Duration.ofSeconds(seconds));
  }

  @Test
  void history_keepsWhatChanged_newestFirst_andIsBounded() {
    var leader = world.policy("worker", QUEUE).queue(150).leader();
    look(world, 20);
    assertThat(world.status().history())
        .extracting(it -> it.get("phase") + " " + it.get("desiredReplicas"))
        .containsExactly("ScalingUp 6");
    assertThat(world.status().history().getFirst())
        .containsEntry("reason", "RuleBreached")
        .containsEntry("message", "4 → 6: rule \"queue\" asks for more");

    for (int i = 0; i < 30; i++) {
      world.deployment("worker", leader.number());
      look(world, 330);
    }
    assertThat(world.status().history()).hasSize(20);
    assertThat(String.valueOf(world.status().history().getFirst().get("time")))
        .isGreaterThan(String.valueOf(world.status().history().getLast().get("time")));
    int writes = world.writes;
    look(world, 120);
    assertThat(world.writes).isEqualTo(writes);
  }

  @Test
  void specChanges_whatWasDecidedBeforeIsWithdrawn() {
    var leader = world.policy("worker", QUEUE).queue(150).leader();
    look(world, 20);
    assertThat(leader.number()).isEqualTo(6);

    world.queue(50).policy("worker", QUEUE.replace("threshold: 100", "threshold: 200"));
    look(world, 2);
    assertThat(leader.number()).isEqualTo(4);
    assertThat(world.status().actions().pending()).isEmpty();
    assertThat(world.status().observedGeneration()).isEqualTo(2);
  }
}
