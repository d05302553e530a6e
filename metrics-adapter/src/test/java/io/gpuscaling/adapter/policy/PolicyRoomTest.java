package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Labels;
import java.time.Duration;
import java.util.Map;
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
  void sizeIsNamed_theRoomIsTheLessOfMemoryAndGpus() {
    world.grantsNodes = true;
    world.gpusPerReplica = 1;
    world.sources.gpus.put(
        Labels.of("node", "gpu-1", "size", "sdxl"), Map.of("gpu_vram_fit_replicas", 1));
    PolicyWorld.Adapter granted = world.leader();
    leader.isStopped = true;
    world.pool("a", -1).policy("worker", gated("{mode: FixedPool, size: sdxl}") + "pool: a\n");
    look();
    assertThat(granted.number()).isEqualTo(5);

    world.deployment("worker", 5);
    world.policy("worker", gated("{mode: FixedPool, size: other}") + "pool: a\n");
    world.pass(Duration.ofSeconds(340));
    assertThat(granted.number()).isEqualTo(5);
    assertThat(reason()).isEqualTo("RoomUnknown");
  }

  @Test
  void gpuIsNotFitForWork_itIsNoRoom() {
    world.gpusPerReplica = 1;
    world.foreignPod("others", "gpu-1", 6);
    for (int gpu = 0; gpu < 8; gpu++) {
      world.sources.gpus.put(
          Labels.of("gpu", "" + gpu, "node", "gpu-1", "uuid", "GPU-" + gpu),
          Map.of("gpu_healthy", gpu == 0 ? 0 : 1));
    }
    world.policy("worker", gated("{mode: FixedPool}"));
    look();

    assertThat(leader.number()).isEqualTo(5);
  }

  @Test
  void poolHasNoNodesThatTakePods_nothingFits() {
    world.grantsNodes = true;
    world.gpusPerReplica = 1;
    world.node("gpu-1", 8, true).pool("a", -1);
    PolicyWorld.Adapter granted = world.leader();
    leader.isStopped = true;
    world.policy("worker", gated("{mode: FixedPool, size: sdxl}") + "pool: a\n");
    look();

    assertThat(granted.number()).isEqualTo(4);
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
