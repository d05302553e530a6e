package io.gpuscaling.adapter.metrics;

import static io.gpuscaling.adapter.metrics.World.PER_NODE;
import static io.gpuscaling.adapter.metrics.World.failure;
import static io.gpuscaling.adapter.metrics.World.items;
import static io.gpuscaling.adapter.metrics.World.sum;
import static io.gpuscaling.adapter.metrics.World.unavailable;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExternalTasksTest {

  private final World world = new World();

  /** Two nodes with a worker each: 3 tasks on gpu-1, 4 on gpu-2. */
  private World twoNodes() {
    world.node("gpu-1").node("gpu-2").pod("ns", "a-1", "gpu-1", "a").pod("ns", "b-1", "gpu-2", "b");
    world.exporter("gpu-1").session("ns", "a-1", 3).push();
    return world.exporter("gpu-2").session("ns", "b-1", 4).push();
  }

  @Test
  void external_allTold_oneItemForEachNodeInOrder() {
    twoNodes();

    assertThat(items(world.external("ns", PER_NODE, "")))
        .containsExactly(
            new ExternalItem(Labels.of("node", "gpu-1"), 3, Duration.ZERO),
            new ExternalItem(Labels.of("node", "gpu-2"), 4, Duration.ZERO));
  }

  @Test
  void external_nodeWithoutTasks_isZeroAsOldAsItsSource() {
    world.node("gpu-1");
    world.exporter("gpu-1").push().pass(Duration.ofSeconds(7));

    assertThat(items(world.external("ns", PER_NODE, "")))
        .containsExactly(new ExternalItem(Labels.of("node", "gpu-1"), 0, Duration.ofSeconds(7)));
  }

  @Test
  void external_anyTaskMetric_onlyOwnNamespace() {
    twoNodes();
    world.pod("other", "c-1", "gpu-2", "c");
    world.exporter("gpu-2").session("ns", "b-1", 4).session("other", "c-1", 9).push();

    assertThat(sum(world.external("ns", PER_NODE, ""))).isEqualTo(7);
    assertThat(sum(world.external("ns", "gpu_workers_busy", ""))).isEqualTo(2);
    assertThat(sum(world.external("other", PER_NODE, ""))).isEqualTo(9);
    assertThat(items(world.external("other", "gpu_tasks_active", "")))
        .extracting(item -> item.labels().get("workload"))
        .containsExactly("c");
    assertThat(items(world.external("ns", "gpu_tasks_active", "namespace=other"))).isEmpty();
  }

  @Test
  void external_unknownMetric_isThat() {
    assertThat(failure(world.external("ns", "gpu_wishes", "")))
        .isEqualTo(new QueryFailure.UnknownMetric());
  }

  @Test
  void external_clusterNotRead_isUnavailable() {
    assertThat(unavailable(twoNodes().unsynced().external("ns", PER_NODE, "")))
        .isEqualTo("the adapter has not read the cluster's nodes and pods yet");
  }

  // ---- nodes

  @Test
  void external_nodeWithoutExporter_isIncompleteAndNamed() {
    twoNodes().node("gpu-3");

    assertThat(unavailable(world.external("ns", PER_NODE, "")))
        .isEqualTo("incomplete: 1 of 3 nodes: gpu-3 (no exporter has reported)");
  }

  @Test
  void external_manySilentNodes_threeAreNamedInOrder() {
    for (int i = 1; i <= 5; i++) {
      world.node("gpu-" + i);
    }

    assertThat(unavailable(world.external("ns", PER_NODE, "")))
        .isEqualTo(
            "incomplete: 5 of 5 nodes: gpu-1 (no exporter has reported), gpu-2 (no exporter has"
                + " reported), gpu-3 (no exporter has reported) and 2 more");
  }

  @Test
  void external_leaseSourceAtItsLimit_isServedAndNotPastIt() {
    twoNodes().pass(StalenessLimits.DEFAULTS.leases());
    assertThat(items(world.external("ns", PER_NODE, "")))
        .extracting(ExternalItem::age)
        .containsOnly(Duration.ofSeconds(45));

    world.pass(Duration.ofNanos(1));
    assertThat(unavailable(world.external("ns", PER_NODE, "")))
        .isEqualTo(
            "incomplete: 2 of 2 nodes: gpu-1 (last observed 45 s ago), gpu-2 (last observed 45 s"
                + " ago)");
  }

  @Test
  void external_sourceFailing_isServedUntilStaleThenSaysWhy() {
    world.node("gpu-1").pod("ns", "a-1", "gpu-1", "a");
    world
        .exporter("gpu-1")
        .session("ns", "a-1", 2)
        .failing("lease", UnknownReason.UNREACHABLE)
        .push();
    assertThat(sum(world.external("ns", PER_NODE, ""))).isEqualTo(2);

    world.pass(Duration.ofSeconds(46));
    assertThat(unavailable(world.external("ns", PER_NODE, "")))
        .isEqualTo(
            "incomplete: 1 of 1 nodes: gpu-1 (last observed 46 s ago, its source cannot be"
                + " reached)");
  }

  @Test
  void external_sourceStarting_isIncomplete() {
    world.node("gpu-1").node("gpu-2");
    world.exporter("gpu-1").starting("lease").push();
    world.exporter("gpu-2").starting("lease").failing("lease", UnknownReason.REFUSED).push();

    assertThat(unavailable(world.external("ns", PER_NODE, "")))
        .isEqualTo(
            "incomplete: 2 of 2 nodes: gpu-1 (its exporter has not observed it yet), gpu-2 (its"
                + " source refuses access)");
  }

  @Test
  void external_nodeDeleted_leavesTheSumWithItsPods() {
    twoNodes().deleteNode("gpu-2");

    // The pods of a deleted node linger, Ready, until somebody collects them.
    assertThat(items(world.external("ns", PER_NODE, "")))
        .extracting(ExternalItem::labels)
        .containsExactly(Labels.of("node", "gpu-1"));
    assertThat(sum(world.external("ns", PER_NODE, "workload=b"))).isZero();
  }

  @Test
  void external_nodeNotReadyForShort_isStillExpected() {
    twoNodes().notReady("gpu-3", World.NOT_READY_TIMEOUT);

    assertThat(unavailable(world.external("ns", PER_NODE, ""))).contains("1 of 3 nodes: gpu-3");
  }

  @Test
  void external_nodeNotReadyForLong_leavesTheSum() {
    twoNodes().notReady("gpu-3", World.NOT_READY_TIMEOUT.plusMillis(1));
    world.pod("ns", "b-2", "gpu-3", "b");

    assertThat(sum(world.external("ns", PER_NODE, ""))).isEqualTo(7);
    assertThat(sum(world.external("ns", PER_NODE, "workload=b"))).isEqualTo(4);
  }

  @Test
  void external_nodeWithoutGpus_isExpectedOnlyForItsWorkers() {
    twoNodes().node(new ClusterSnapshot.Node("cpu-1", Map.of(), false, Optional.empty()));
    assertThat(sum(world.external("ns", PER_NODE, ""))).isEqualTo(7);

    world.pod("ns", "a-2", "cpu-1", "a");
    assertThat(unavailable(world.external("ns", PER_NODE, ""))).contains("cpu-1");
  }

  @Test
  void external_conditionOnNode_asksOnlyThose() {
    twoNodes().node("gpu-3");

    assertThat(sum(world.external("ns", PER_NODE, "node=gpu-2"))).isEqualTo(4);
    assertThat(sum(world.external("ns", PER_NODE, "node in (gpu-1,gpu-2)"))).isEqualTo(7);
    assertThat(sum(world.external("ns", PER_NODE, "node!=gpu-3"))).isEqualTo(7);
    assertThat(unavailable(world.external("ns", PER_NODE, "node in (gpu-1,gpu-3)")))
        .contains("1 of 2 nodes: gpu-3");
    assertThat(items(world.external("ns", PER_NODE, "node=nowhere"))).isEmpty();
  }

  // ---- sessions

  @Test
  void external_readyWorkerWithoutSession_makesItsWorkloadUnknownAndNoOther() {
    twoNodes().pod("ns", "b-2", "gpu-1", "b").pod("other", "c-1", "gpu-1", "c");

    String sentence = "incomplete: 1 of 3 worker pods: b-2 (no live task session)";
    assertThat(unavailable(world.external("ns", PER_NODE, ""))).isEqualTo(sentence);
    assertThat(unavailable(world.external("ns", PER_NODE, "workload=b")))
        .isEqualTo("incomplete: 1 of 2 worker pods: b-2 (no live task session)");
    assertThat(sum(world.external("ns", PER_NODE, "workload=a"))).isEqualTo(3);
    assertThat(sum(world.external("ns", PER_NODE, "pod=a-1"))).isEqualTo(3);
  }

  @Test
  void external_pendingPodsAndPodsWithoutTasks_needNoSession() {
    twoNodes()
        .pod(World.notReady("ns", "a-2", "gpu-1", "a"))
        .pod(World.notReady("ns", "a-3", "", "a"))
        .pod(World.withoutTasks("ns", "dcgm", "gpu-2", "dcgm"));

    assertThat(sum(world.external("ns", PER_NODE, ""))).isEqualTo(7);
    assertThat(sum(world.external("ns", PER_NODE, "workload=a"))).isEqualTo(3);
  }

  @Test
  void external_deletingPodThatStillRunsTasks_isCounted() {
    world.node("gpu-1").node("gpu-2").pod("ns", "a-1", "gpu-1", "a");
    world.pod(World.notReady("ns", "a-2", "gpu-2", "a"));
    world.exporter("gpu-1").session("ns", "a-1", 1).push();
    var second = world.exporter("gpu-2");
    second.session("ns", "a-2", 5).tasks("ns", "a-2", "jobs", SampleValue.exact(2)).push();

    assertThat(sum(world.external("ns", PER_NODE, "workload=a"))).isEqualTo(8);
    // Also where the condition is on a label that sessions do not have.
    assertThat(sum(world.external("ns", PER_NODE, "workload=a,queue=jobs"))).isEqualTo(2);

    world.pass(Duration.ofSeconds(46));
    world.exporter("gpu-1").session("ns", "a-1", 1).push();
    assertThat(unavailable(world.external("ns", PER_NODE, "workload=a"))).contains("gpu-2");
  }

  @Test
  void external_valueOfLiveSessionThatCannotBeServed_isNeverLeftOut() {
    twoNodes();
    var first = world.exporter("gpu-1").session("ns", "a-1", 3);
    first.tasks("ns", "a-1", "jobs", new SampleValue.Known(5, Exactness.LOWER_BOUND)).push();
    assertThat(unavailable(world.external("ns", PER_NODE, "")))
        .isEqualTo("incomplete: 1 of 2 worker pods: a-1 (only a lower bound is known)");
    assertThat(sum(world.external("ns", PER_NODE, "queue!=jobs"))).isEqualTo(7);

    first
        .forgetSeries()
        .session("ns", "a-1", 3)
        .tasks("ns", "a-1", "jobs", SampleValue.unknown(UnknownReason.INVALID))
        .push();
    assertThat(unavailable(world.external("ns", "gpu_tasks_active", "")))
        .isEqualTo("incomplete: 1 of 2 worker pods: a-1 (its source gave an impossible answer)");
    assertThat(sum(world.external("ns", PER_NODE, "workload=b"))).isEqualTo(4);
  }

  @Test
  void external_sessionThatIsUnknown_isNone() {
    world.node("gpu-1").pod("ns", "a-1", "gpu-1", "a");
    var unknown = SampleValue.unknown(UnknownReason.STARTING);
    world
        .exporter("gpu-1")
        .series("gpu_workers_busy", "lease", unknown, "namespace", "ns", "pod", "a-1")
        .series("gpu_tasks_active", "lease", unknown, "namespace", "ns", "pod", "a-1")
        .push();
    assertThat(unavailable(world.external("ns", PER_NODE, "")))
        .isEqualTo("incomplete: 1 of 1 worker pods: a-1 (no live task session)");

    world.pod(World.notReady("ns", "a-1", "gpu-1", "a"));
    assertThat(sum(world.external("ns", PER_NODE, ""))).isZero();
  }

  @Test
  void external_podIsGone_itsTasksEnd() {
    twoNodes().deletePod("ns", "b-1");

    assertThat(sum(world.external("ns", PER_NODE, ""))).isEqualTo(3);
    assertThat(items(world.external("ns", PER_NODE, "workload=b"))).isEmpty();
  }

  @Test
  void external_podMovedToAnotherNode_oldTasksEndAndNewAreNeeded() {
    twoNodes().pod("ns", "a-1", "gpu-2", "a");
    assertThat(unavailable(world.external("ns", PER_NODE, "")))
        .isEqualTo("incomplete: 1 of 2 worker pods: a-1 (no live task session)");

    world.exporter("gpu-2").session("ns", "b-1", 4).session("ns", "a-1", 1).push();
    assertThat(sum(world.external("ns", PER_NODE, ""))).isEqualTo(5);
    assertThat(items(world.external("ns", PER_NODE, "workload=a")))
        .extracting(ExternalItem::labels)
        .containsExactly(Labels.of("node", "gpu-2"));
  }

  // ---- selectors

  @Test
  void external_conditionOnQueue_countsOnlyThose() {
    world.node("gpu-1").pod("ns", "a-1", "gpu-1", "a");
    world
        .exporter("gpu-1")
        .session("ns", "a-1", 0)
        .tasks("ns", "a-1", "x", SampleValue.exact(2))
        .tasks("ns", "a-1", "y", SampleValue.exact(3))
        .push();

    assertThat(sum(world.external("ns", PER_NODE, "queue=x"))).isEqualTo(2);
    assertThat(sum(world.external("ns", PER_NODE, "queue!=y"))).isEqualTo(2);
    assertThat(sum(world.external("ns", PER_NODE, "queue notin (z)"))).isEqualTo(5);
    assertThat(items(world.external("ns", PER_NODE, "queue=none")))
        .extracting(ExternalItem::value)
        .containsExactly(0.0);
  }

  @Test
  void external_podWithoutOwner_hasNoWorkloadLabel() {
    world.node("gpu-1").pod("ns", "alone", "gpu-1", "");
    world.exporter("gpu-1").session("ns", "alone", 1).push();

    assertThat(sum(world.external("ns", "gpu_tasks_active", "!workload"))).isEqualTo(1);
    assertThat(items(world.external("ns", "gpu_tasks_active", "workload"))).isEmpty();
    assertThat(items(world.external("ns", "gpu_tasks_active", "")))
        .extracting(item -> item.labels().get("workload"))
        .containsOnlyNulls();
  }

  @Test
  void external_seriesOfTasks_haveTheirLabelsAndAStableOrder() {
    world.node("gpu-1").node("gpu-2");
    var first = world.exporter("gpu-1");
    for (int i = 9; i >= 0; i--) {
      world.pod("ns", "p-" + i, "gpu-1", "a");
      first.session("ns", "p-" + i, i);
    }
    first.push();
    world.exporter("gpu-2").push();

    QueryResult<ExternalItem> once = world.external("ns", "gpu_tasks_active", "");

    assertThat(items(once)).extracting(item -> item.labels().get("pod")).isSorted().hasSize(10);
    assertThat(items(once).getFirst().labels())
        .isEqualTo(Labels.of("namespace", "ns", "node", "gpu-1", "pod", "p-0", "workload", "a"));
    assertThat(world.external("ns", "gpu_tasks_active", "")).isEqualTo(once);
  }

  // ---- without a cluster

  @Test
  void external_withoutCluster_everyExpectedNodeMustTellAndPodsAreBelieved() {
    world.withoutCluster().node("gpu-1").node("gpu-2");
    world.exporter("gpu-1").session("ns", "a-1", 3).session("other", "b-1", 5).push();
    assertThat(unavailable(world.external("ns", PER_NODE, "pod=a-1"))).contains("gpu-2");

    world.exporter("gpu-2").push();
    assertThat(sum(world.external("ns", PER_NODE, "pod=a-1"))).isEqualTo(3);
    assertThat(sum(world.external("ns", PER_NODE, ""))).isEqualTo(3);
    assertThat(items(world.external("ns", "gpu_tasks_active", "workload=a"))).isEmpty();
  }

  @Test
  void external_withoutClusterAndUnservableValue_isIncomplete() {
    world.withoutCluster().node("gpu-1");
    world
        .exporter("gpu-1")
        .session("ns", "a-1", 3)
        .tasks("ns", "a-1", "x", new SampleValue.Known(1, Exactness.LOWER_BOUND))
        .push();

    assertThat(unavailable(world.external("ns", PER_NODE, "")))
        .isEqualTo("incomplete: 1 of 1 worker pods: a-1 (only a lower bound is known)");
  }

  @Test
  void external_upperBoundAndEstimate_areServed() {
    world.node("gpu-1").pod("ns", "a-1", "gpu-1", "a");
    world
        .exporter("gpu-1")
        .session("ns", "a-1", 0)
        .tasks("ns", "a-1", "x", new SampleValue.Known(1, Exactness.UPPER_BOUND))
        .tasks("ns", "a-1", "y", new SampleValue.Known(2, Exactness.ESTIMATE))
        .push();

    assertThat(sum(world.external("ns", PER_NODE, ""))).isEqualTo(3);
  }
}
