package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The VRAM gate of a policy whose pods request whole GPUs. */
class PolicyRoomTest {

  private final PolicyWorld world =
      new PolicyWorld().deployment("worker", 4).node("gpu-1", 8, false).queue(500);
  private final PolicyWorld.Adapter leader = world.leader();

  private static String gated(String gate) {
    return """
    minReplicas: 1
    maxReplicas: 50
    vramGate: %s
    rules:
      - name: queue
        metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
        scaleUp: {threshold: 100, step: {value: 2}}
    """
        .formatted(gate);
  }

  private void look() {
    world.pass(Duration.ofSeconds(20));
  }

  private String reason() {
    return String.valueOf(world.status().decision().get("reason"));
  }

  @Test
  void fixedPool_addsOnlyWhatTheFreeGpusTake() {
    world.gpusPerReplica = 2;
    world.foreignPod("others", "gpu-1", 5).policy("worker", gated("{mode: FixedPool}"));
    look();
    assertThat(leader.number()).isEqualTo(5);

    world.deployment("worker", 5).foreignPod("one-more", "gpu-1", 2);
    world.pass(Duration.ofSeconds(340));
    assertThat(leader.number()).isEqualTo(5);
    assertThat(reason()).isEqualTo("NoRoom");
  }

  @Test
  void autoscaledPool_letsSomeWait() {
    world.gpusPerReplica = 2;
    world
        .foreignPod("others", "gpu-1", 8)
        .policy("worker", gated("{mode: AutoscaledPool, maxPending: 1}"));
    look();

    assertThat(leader.number()).isEqualTo(5);
  }

  @Test
  void podsRequestNoGpu_andNoSizeIsNamed_nothingIsAdded() {
    world.policy("worker", gated("{mode: FixedPool}"));
    look();

    assertThat(leader.number()).isEqualTo(4);
    assertThat(reason()).isEqualTo("RoomUnknown");
  }

  @Test
  void sizeIsNamed_butTheNamespaceMayNotKnowOfNodes_nothingIsAdded() {
    world.gpusPerReplica = 1;
    world.policy("worker", gated("{mode: FixedPool, size: sdxl}"));
    look();

    assertThat(leader.number()).isEqualTo(4);
    assertThat(reason()).isEqualTo("RoomUnknown");
  }
}
