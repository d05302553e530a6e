package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.metrics.ClusterSnapshot.DeletionOrder;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.MetricRef;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which pods of a Deployment go first. */
class DeletionOrderTest {

  private static final String DOWN =
      """
      minReplicas: 1
      maxReplicas: 50
      evaluationInterval: 15s
      busyFloor: true
      cooldown: {scaleUp: 300s, scaleDown: 600s}
      rules:
        - name: queue
          metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
          scaleUp: {threshold: 100}
          scaleDown: {operator: LessThan, threshold: 10, step: {value: 2}}
      """;

  private final PolicyWorld world = new PolicyWorld().deployment("worker", 5).queue(50);

  @BeforeEach
  void fiveWorkers() {
    world.setsDeletionCosts = true;
    world.node("gpu-1", 8, false);
    for (String pod : new String[] {"a", "b", "c", "d", "e"}) {
      pod(pod, true, DeletionOrder.NOT_SAID);
      world.sources.busy.put(pod, 0);
    }
  }

  private void pod(String name, boolean isReady, DeletionOrder order) {
    world.foreignPods.put(name, PolicyWorld.worker(name, isReady, order));
  }

  private void look(int seconds) {
    world.pass(Duration.ofSeconds(seconds));
  }

  @Test
  void idlePodsGoFirst_asManyAsGo_beforeTheNumberIsServed() {
    world.sources.busy.put("a", 1);
    world.sources.busy.put("c", 1);
    var leader = world.policy("worker", DOWN).leader();
    look(20);
    assertThat(world.deletionCosts).isEmpty();

    world.queue(0);
    look(20);
    assertThat(world.deletionCosts).containsExactly("lower b", "lower d");
    assertThat(leader.number()).isEqualTo(3);
    assertThat(
            leader.registry.getSampleValue(
                "gpuscaling_policy_deletion_costs_total",
                new String[] {"change", "outcome"},
                new String[] {"lower", "done"}))
        .isEqualTo(2);
    look(60);
    assertThat(world.deletionCosts).hasSize(2);
  }

  @Test
  void decisionIsWithdrawn_theirCostIsTakenBack() {
    world.policy("worker", DOWN).leader();
    look(20);
    world.queue(0);
    look(20);
    assertThat(world.deletionCosts).containsExactly("lower a", "lower b");

    world.queue(500);
    look(20);
    assertThat(world.deletionCosts).containsExactly("lower a", "lower b", "clear a", "clear b");
    look(60);
    assertThat(world.deletionCosts).hasSize(4);
  }

  @Test
  void podsThatAreNotReady_goAnyway_andOthersCostsAreLeftAlone() {
    pod("e", false, DeletionOrder.NOT_SAID);
    pod("a", true, DeletionOrder.BY_OTHERS);
    world.policy("worker", DOWN).leader();
    look(20);
    world.queue(0);
    look(20);

    assertThat(world.deletionCosts).containsExactly("lower b");
  }

  @Test
  void nobodyKnowsWhoIsIdle_nobodyIsChosen() {
    world.sources.busy.clear();
    world.policy("worker", DOWN.replace("busyFloor: true", "busyFloor: false")).leader();
    look(20);
    world.queue(0);
    look(20);

    assertThat(world.status().actions().pending()).isPresent();
    assertThat(world.deletionCosts).isEmpty();
  }

  /** Of pods that run no tasks: a has the most to do. */
  private static OutsideSources usage(Map<String, Integer> cpuMillis) {
    return new OutsideSources() {
      @Override
      public Optional<String> refusal(String namespace, String query) {
        return NONE.refusal(namespace, query);
      }

      @Override
      public Observation query(String namespace, String query) {
        return NONE.query(namespace, query);
      }

      @Override
      public Observation utilization(Workload target, MetricRef.Resource resource) {
        return NONE.utilization(target, resource);
      }

      @Override
      public Map<String, Usage> usages(Workload target) {
        Map<String, Usage> usages = new HashMap<>();
        cpuMillis.forEach((pod, cpu) -> usages.put(pod, new Usage(cpu, 1, Instant.EPOCH)));
        return usages;
      }
    };
  }

  private void web() {
    world.sources.busy.clear();
    world.foreignPods.replaceAll((_, it) ->
        new Pod(
            it.namespace(),
            it.name(),
            it.labels(),
            it.node(),
            it.isReady(),
            false,
            false,
            it.workload(),
            it.workloadKind(),
            it.createdAt(),
            it.requests(),
            it.order()));
  }

  @Test
  void podsThatRunNoTasks_andNobodyKnowsTheirCpu_nobodyIsChosen() {
    web();
    world.policy("worker", DOWN).leader();
    look(20);
    world.queue(0);
    look(20);

    assertThat(world.status().actions().pending()).isPresent();
    assertThat(world.deletionCosts).isEmpty();
  }

  @Test
  void podsThatRunNoTasks_thoseWithTheLeastCpuGoFirst() {
    web();
    world.policy("worker", DOWN).adapter(usage(Map.of("a", 90, "b", 70, "c", 10, "d", 40))).leads =
        true;
    look(20);
    world.queue(0);
    look(20);

    assertThat(world.deletionCosts).containsExactly("lower c", "lower d");
  }

  @Test
  void podsThatRunTasks_areNeverChosenByCpu() {
    world.sources.busy.clear();
    world
            .policy("worker", DOWN.replace("busyFloor: true", "busyFloor: false"))
            .adapter(usage(Map.of("a", 90, "b", 1)))
            .leads =
        true;
    look(20);
    world.queue(0);
    look(20);

    assertThat(world.status().actions().pending()).isPresent();
    assertThat(world.deletionCosts).isEmpty();
  }

  @Test
  void costCannotBeSet_theDecisionIsServedAllTheSame() {
    world.foreignPods.remove("a");
    pod("a2", true, DeletionOrder.NOT_SAID);
    world.sources.busy.put("a2", 0);
    var leader = world.policy("worker", DOWN).leader();
    look(20);
    world.queue(0);
    world.isOrderable = false;
    look(20);

    assertThat(leader.number()).isEqualTo(3);
    assertThat(
            leader.registry.getSampleValue(
                "gpuscaling_policy_deletion_costs_total",
                new String[] {"change", "outcome"},
                new String[] {"lower", "failed"}))
        .isEqualTo(2);
  }

  @Test
  void inShadow_nothingIsSet() {
    world.policy("worker", DOWN + "mode: Shadow\n").leader();
    look(20);
    world.queue(0);
    look(40);

    assertThat(world.deletionCosts).isEmpty();
  }

  @Test
  void switchedOff_nothingIsSet() {
    world.setsDeletionCosts = false;
    world.policy("worker", DOWN).leader();
    look(20);
    world.queue(0);
    look(40);

    assertThat(world.status().actions().pending()).isPresent();
    assertThat(world.deletionCosts).isEmpty();
  }
}
