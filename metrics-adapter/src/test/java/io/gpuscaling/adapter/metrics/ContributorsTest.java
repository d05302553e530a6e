package io.gpuscaling.adapter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.Contribution;
import io.gpuscaling.adapter.api.Contributions;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Who ought to contribute to an answer, and who does: also when all is well. */
class ContributorsTest {

  private final World world = new World();

  private static List<String> shown(Contributions contributions) {
    return contributions.named().stream().map(ContributorsTest::shown).toList();
  }

  private static String shown(Contribution it) {
    String who = it.kind().word() + " " + it.name() + " " + it.source() + ": ";
    return who
        + switch (it) {
          case Contribution.Given(_, _, _, Duration age, OptionalDouble value) ->
              age.toSeconds() + "s" + (value.isPresent() ? " " + value.getAsDouble() : "");
          case Contribution.Absent(_, _, _, String why) -> why;
        };
  }

  private Contributions external(String namespace, String metric, String selector) {
    return world
        .metrics()
        .contributors(new ExternalQuery(namespace, metric, World.selector(selector)));
  }

  private Contributions custom(
      String namespace, GroupResource resource, String name, String metric) {
    return world
        .metrics()
        .contributors(
            new CustomQuery(
                namespace, resource, name, metric, World.selector(""), World.selector("")));
  }

  private void twoNodes() {
    world.node("gpu-1").node("gpu-2").pod("ai", "w-1", "gpu-1", "worker");
    world.pod("ai", "w-2", "gpu-2", "worker").deployment("ai", "worker");
    world.exporter("gpu-1").session("ai", "w-1", 3).push();
  }

  @Test
  void tasks_nodesAndPods_alsoWhenAllIsWell() {
    twoNodes();
    world.exporter("gpu-2").session("ai", "w-2", 2).push();
    world.pass(Duration.ofSeconds(4));

    Contributions all = external("ai", "gpu_tasks_active", "workload=worker");
    assertThat(all.failure()).isEmpty();
    assertThat(all.expected()).isEqualTo(4);
    assertThat(all.absent()).isZero();
    assertThat(shown(all))
        .containsExactlyInAnyOrder(
            "Node gpu-1 lease: 4s 3.0",
            "Node gpu-2 lease: 4s 2.0",
            "Pod w-1 lease: 4s 3.0",
            "Pod w-2 lease: 4s 2.0");
    assertThat(shown(custom("ai", World.DEPLOYMENTS, "worker", "gpu_tasks_active")))
        .containsExactlyInAnyOrderElementsOf(shown(all));
  }

  @Test
  void tasks_silentNode_isFirstAndTheOthersStay() {
    twoNodes();

    Contributions all = external("ai", "gpu_tasks_active", "");
    assertThat(all.failure())
        .contains(
            new QueryFailure.Unavailable(
                "incomplete: 1 of 2 nodes: gpu-2 (no exporter has reported)"));
    assertThat(shown(all))
        .containsExactly(
            "Node gpu-2 lease: no exporter has reported",
            "Pod w-2 lease: no live task session",
            "Pod w-1 lease: 0s 3.0",
            "Node gpu-1 lease: 0s 3.0");
  }

  @Test
  void nodes_valueOfOneWithASilentWorker_isNotTold_andOtherPodsAreNotListed() {
    twoNodes();
    world.pod("other", "w-3", "gpu-1", "worker");
    world.exporter("gpu-2").session("ai", "w-2", 2).push();

    assertThat(shown(custom("", World.NODES, "*", World.PER_NODE)))
        .containsExactly(
            "Pod other/w-3 lease: no live task session",
            "Node gpu-1 lease: 0s",
            "Node gpu-2 lease: 0s 2.0");
  }

  @Test
  void podWithASeriesThatCannotBeServed_saysWhy() {
    twoNodes();
    world
        .exporter("gpu-2")
        .session("ai", "w-2", 0)
        .tasks("ai", "w-2", "jobs", SampleValue.unknown(UnknownReason.UNREACHABLE))
        .push();

    assertThat(shown(external("ai", "gpu_tasks_active", "pod=w-2")))
        .containsExactly(
            "Pod w-2 lease: " + UnknownReason.UNREACHABLE.text(), "Node gpu-2 lease: 0s");
  }

  @Test
  void pods_eachForItself() {
    twoNodes();

    assertThat(shown(custom("ai", World.PODS, "*", "gpu_tasks_active")))
        .containsExactly("Pod w-2 lease: no exporter has reported", "Pod w-1 lease: 0s 3.0");
  }

  @Test
  void devices_sumOfANode_orNothingWhereItDoesNotAddUp() {
    world.node("gpu-1").node("gpu-2").grantNodes("ai");
    world
        .exporter("gpu-1")
        .gpu("gpu_vram_used_bytes", "0", 5)
        .gpu("gpu_vram_used_bytes", "1", 7)
        .gpu("gpu_temperature_celsius", "0", 60)
        .gpu("gpu_temperature_celsius", "1", 61)
        .push();

    assertThat(shown(external("ai", "gpu_vram_used_bytes", "")))
        .containsExactly("Node gpu-2 dcgm: no exporter has reported", "Node gpu-1 dcgm: 0s 12.0");
    assertThat(shown(external("ai", "gpu_temperature_celsius", "node=gpu-1")))
        .containsExactly("Node gpu-1 dcgm: 0s");
    assertThat(external("other", "gpu_vram_used_bytes", "").failure())
        .containsInstanceOf(QueryFailure.NotGranted.class);
  }

  @Test
  void queues_readersAndQueues_oneReaderIsEnough() {
    world.grantQueues("ai", "*", "*", "jobs*");
    world.queueReader("reader-0").queue("jobs", SampleValue.exact(140)).push();
    world.pass(Duration.ofSeconds(60));
    world
        .queueReader("reader-1")
        .queue("jobs", SampleValue.exact(150))
        .queue("secret", SampleValue.exact(1))
        .push();

    assertThat(shown(external("ai", "rabbitmq_queue_messages_ready", "")))
        .containsExactly(
            "QueueReader reader-1 rabbitmq/default: 0s",
            "Queue default/default/jobs rabbitmq/default: 0s 150.0");

    world.pass(Duration.ofSeconds(60));
    assertThat(shown(external("ai", "rabbitmq_queue_messages_ready", "queue=jobs")))
        .containsExactlyInAnyOrder(
            "QueueReader reader-0 rabbitmq/default: last observed 120 s ago",
            "QueueReader reader-1 rabbitmq/default: last observed 60 s ago",
            "Queue default/default/jobs rabbitmq/default: last observed 60 s ago");
  }

  @Test
  void manyContributors_areCounted_andSoManyNamed() {
    for (int i = 0; i < RollCall.MAX_NAMED + 5; i++) {
      world.node("gpu-" + i);
    }

    Contributions all = external("ai", "gpu_tasks_active", "");
    assertThat(all.expected()).isEqualTo(RollCall.MAX_NAMED + 5);
    assertThat(all.absent()).isEqualTo(RollCall.MAX_NAMED + 5);
    assertThat(all.named()).hasSize(RollCall.MAX_NAMED);
  }
}
