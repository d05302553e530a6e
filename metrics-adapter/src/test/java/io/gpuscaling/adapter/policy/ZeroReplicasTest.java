package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.spec.ScaleTarget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ZeroReplicasTest {

  private static final ScaleTarget WORKER = new ScaleTarget("apps/v1", "Deployment", "worker");
  private static final String DAY =
      """
      minReplicas: 2
      maxReplicas: 9
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100}
      """;
  private static final String NIGHT =
      DAY
          + "schedule: [{name: night, start: '0 22 * * *', duration: 8h, timeZone: UTC,"
          + " minReplicas: 0, maxReplicas: 0}]\n";

  private final PolicyWorld world = new PolicyWorld().deployment("worker", 4).queue(50);

  private String condition(String type) {
    world.pass(Duration.ofSeconds(17));
    return world
        .status()
        .condition(type)
        .map(it -> it.status() + " " + it.reason() + ": " + it.message())
        .orElse("none");
  }

  @Test
  void clusterThatCannot_refusesThePolicy_andItsTargetKeepsItsReplicas() {
    PolicyWorld.Adapter leader = world.leader();
    world.scaleToZero = new ScaleToZero.Unsupported();
    world.policy("worker", NIGHT);

    assertThat(condition(Condition.READY))
        .startsWith("False ScaleToZeroUnsupported: the policy goes down to 0 replicas")
        .contains("HPAScaleToZero", "minimums above 0");
    assertThat(leader.number()).isEqualTo(-1);

    world.policy("worker", DAY);
    assertThat(condition(Condition.READY)).startsWith("True");
    assertThat(condition(Condition.SCALE_TO_ZERO)).isEqualTo("none");
  }

  @Test
  void hpaWithAMinimumOf0_showsThatItCanBe() {
    var _ = world.leader();
    world.scaleToZero = new ScaleToZero.Unsupported();
    world.autoscalers.add(new Autoscaler("ai", "own", WORKER, true, ""));
    world.policy("worker", NIGHT);

    assertThat(condition(Condition.READY)).startsWith("True");
    assertThat(condition(Condition.SCALE_TO_ZERO))
        .isEqualTo("True Stored: HorizontalPodAutoscaler own has minReplicas 0");
  }

  @Test
  void whatNobodyKnows_isSaid_andHoldsNothingUp() {
    var _ = world.leader();
    world.policy("worker", NIGHT);

    assertThat(condition(Condition.READY)).startsWith("True");
    assertThat(condition(Condition.SCALE_TO_ZERO))
        .startsWith("Unknown Unknown: whether")
        .endsWith("unknown: nobody has tried");

    world.scaleToZero = new ScaleToZero.Supported();
    assertThat(condition(Condition.SCALE_TO_ZERO)).startsWith("True Probed: ");
  }

  @Test
  void ownHpaThatKeepsOne_isWidened_notComplainedOf() {
    world.writesAutoscalers = true;
    var _ = world.leader();
    world.policy("worker", DAY + "writeAutoscaler: true\n");
    world.pass(Duration.ofSeconds(30));
    assertThat(world.autoscalers.getFirst().bounds().minReplicas()).isEqualTo(2);

    world.policy("worker", NIGHT + "writeAutoscaler: true\n");
    world.pass(Duration.ofSeconds(30));

    assertThat(world.autoscalers.getFirst().bounds().minReplicas()).isZero();
    assertThat(condition(Condition.READY)).startsWith("True");
  }

  @Test
  void probe_isAskedWhileAPolicyWantsIt_rarely_andSoonerWhenItFails() {
    List<String> asked = new ArrayList<>();
    List<ScaleToZero> answers =
        new ArrayList<>(
            List.of(
                new ScaleToZero.Unknown("may not"),
                new ScaleToZero.Unknown("away"),
                new ScaleToZero.Supported(),
                new ScaleToZero.Unsupported(),
                new ScaleToZero.Unknown("may not"),
                new ScaleToZero.Unknown("gone")));
    var nanos = new AtomicLong();
    try (var knowledge =
        new ScaleToZeroKnowledge(
            namespace -> {
              asked.add(namespace);
              return answers.removeFirst();
            },
            world,
            "gpuscaling",
            nanos::get)) {
      world.policy("worker", DAY);
      knowledge.look();
      assertThat(asked).isEmpty();
      assertThat(knowledge.known()).isInstanceOf(ScaleToZero.Unknown.class);

      world.policy("worker", NIGHT);
      knowledge.look();
      assertThat(asked).containsExactly("gpuscaling", "ai");
      assertThat(knowledge.known()).isEqualTo(new ScaleToZero.Unknown("away"));

      nanos.addAndGet(ScaleToZeroKnowledge.RETRY.toNanos() - 1);
      knowledge.look();
      assertThat(asked).hasSize(2);
      nanos.addAndGet(1);
      knowledge.look();
      assertThat(knowledge.known()).isEqualTo(new ScaleToZero.Supported());

      nanos.addAndGet(ScaleToZeroKnowledge.REFRESH.toNanos() - 1);
      knowledge.look();
      assertThat(knowledge.known()).isEqualTo(new ScaleToZero.Supported());
      nanos.addAndGet(1);
      knowledge.look();
      assertThat(knowledge.known()).isEqualTo(new ScaleToZero.Unsupported());

      nanos.addAndGet(ScaleToZeroKnowledge.REFRESH.toNanos());
      knowledge.look();
      assertThat(knowledge.known()).isEqualTo(new ScaleToZero.Unknown("gone"));
    }
  }
}
