package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PolicyEffectsTest {

  private static final String POLICY =
      """
      maxReplicas: 6
      evaluationInterval: 10s
      cooldown: {scaleUp: 30s, scaleDown: 10m}
      applyDeadline: 60s
      runawayProtection: {maxActionsPerHour: 200}
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100, step: {value: 2}}
      """;

  private final PolicyWorld world = new PolicyWorld().deployment("worker", 4).queue(50);
  private final PolicyWorld.Adapter leader = world.leader();
  private final PolicyWorld.Adapter follower = world.follower();

  private static double value(PolicyWorld.Adapter adapter, String name, String... labels) {
    String[] names =
        labels.length == 2 ? new String[] {"namespace", "policy"} : new String[] {"direction"};
    Double value = adapter.registry.getSampleValue(name, names, labels);
    return value == null ? -1 : value;
  }

  @Test
  void replicasAndGpus_areCountedInSeconds_byTheReplicaThatDecides() {
    world.gpusPerReplica = 2;
    world.policy("worker", POLICY);
    world.pass(Duration.ofSeconds(1));
    double before = value(leader, "gpuscaling_policy_replica_seconds_total", "ai", "worker");
    world.pass(Duration.ofSeconds(100));

    assertThat(value(leader, "gpuscaling_policy_replica_seconds_total", "ai", "worker") - before)
        .isCloseTo(400, within(0.01));
    assertThat(value(leader, "gpuscaling_policy_gpu_seconds_total", "ai", "worker"))
        .isCloseTo(808, within(8.01));
    assertThat(value(follower, "gpuscaling_policy_replica_seconds_total", "ai", "worker"))
        .isEqualTo(-1);
  }

  @Test
  void timeInWhichAProcessWasStopped_isNotCounted() {
    world.policy("worker", POLICY);
    world.pass(Duration.ofSeconds(10));
    double before = value(leader, "gpuscaling_policy_replica_seconds_total", "ai", "worker");
    leader.isStopped = true;
    world.pass(Duration.ofMinutes(10));
    leader.isStopped = false;
    world.pass(Duration.ofSeconds(1));

    assertThat(value(leader, "gpuscaling_policy_replica_seconds_total", "ai", "worker"))
        .isEqualTo(before);
  }

  @Test
  void actionThatIsReached_isTimed_andOneAtTheMaximumIsSaid() {
    world.policy("worker", POLICY).queue(500);
    world.pass(Duration.ofSeconds(12));
    assertThat(leader.number()).isEqualTo(6);
    assertThat(value(leader, "gpuscaling_policy_at_limit", "ai", "worker")).isEqualTo(0);
    world.pass(Duration.ofSeconds(5));
    world.deployment("worker", 6);
    world.pass(Duration.ofSeconds(40));

    assertThat(value(leader, "gpuscaling_policy_action_duration_seconds_count", "up")).isEqualTo(1);
    assertThat(value(leader, "gpuscaling_policy_action_duration_seconds_sum", "up"))
        .isBetween(5.0, 25.0);
    assertThat(value(leader, "gpuscaling_policy_at_limit", "ai", "worker")).isEqualTo(1);
    assertThat(value(follower, "gpuscaling_policy_at_limit", "ai", "worker")).isEqualTo(1);

    world.delete("worker");
    world.pass(Duration.ofSeconds(2));
    assertThat(value(leader, "gpuscaling_policy_at_limit", "ai", "worker")).isEqualTo(-1);
    assertThat(value(leader, "gpuscaling_policy_replica_seconds_total", "ai", "worker"))
        .isEqualTo(-1);
  }

  @Test
  void policyThatMayNotSteer_isAtNoLimit() {
    world.policy("worker", POLICY).deployment("worker", 6).queue(500);
    world.pass(Duration.ofSeconds(30));
    assertThat(value(leader, "gpuscaling_policy_at_limit", "ai", "worker")).isEqualTo(1);

    world.policy("worker", POLICY + "minReplicas: 20\n");
    world.pass(Duration.ofSeconds(2));

    assertThat(value(leader, "gpuscaling_policy_at_limit", "ai", "worker")).isEqualTo(0);
  }
}
