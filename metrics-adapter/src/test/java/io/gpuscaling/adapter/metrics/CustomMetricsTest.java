package io.gpuscaling.adapter.metrics;

import static io.gpuscaling.adapter.metrics.World.DEPLOYMENTS;
import static io.gpuscaling.adapter.metrics.World.NODES;
import static io.gpuscaling.adapter.metrics.World.PER_NODE;
import static io.gpuscaling.adapter.metrics.World.PODS;
import static io.gpuscaling.adapter.metrics.World.failure;
import static io.gpuscaling.adapter.metrics.World.items;
import static io.gpuscaling.adapter.metrics.World.named;
import static io.gpuscaling.adapter.metrics.World.unavailable;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.DescribedObject;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CustomMetricsTest {

  private static final String TASKS = "gpu_tasks_active";
  private static final GroupResource STATEFUL_SETS = new GroupResource("apps", "statefulsets");
  private static final GroupResource SERVICES = new GroupResource("", "services");

  private final World world = new World();

  /** A Deployment of three workers on two nodes with 1, 2 and 6 tasks. */
  private World three() {
    world.node("gpu-1").node("gpu-2").deployment("ns", "a");
    world
        .pod("ns", "a-1", "gpu-1", "a")
        .pod("ns", "a-2", "gpu-1", "a")
        .pod("ns", "a-3", "gpu-2", "a");
    world.exporter("gpu-1").session("ns", "a-1", 1).session("ns", "a-2", 2).push();
    return world.exporter("gpu-2").session("ns", "a-3", 6).push();
  }

  // ---- pods

  @Test
  void pods_allTold_oneItemEachInOrder() {
    three();

    assertThat(named(world.custom("ns", PODS, "*", TASKS)))
        .containsExactly("a-1=1.0", "a-2=2.0", "a-3=6.0");
    assertThat(items(world.custom("ns", PODS, "a-3", TASKS)))
        .containsExactly(
            new CustomItem(new DescribedObject("v1", "Pod", "ns", "a-3"), 6, Duration.ZERO));
    assertThat(named(world.custom("ns", PODS, "*", TASKS, "name in (a-1,a-3)", "")))
        .containsExactly("a-1=1.0", "a-3=6.0");
  }

  @Test
  void pods_someCannotTell_areLeftOutOfTheList() {
    three()
        .node("gpu-3")
        .pod("ns", "a-4", "gpu-3", "a")
        .pod("ns", "a-5", "gpu-1", "a")
        .pod(World.notReady("ns", "a-6", "", "a"));

    assertThat(named(world.custom("ns", PODS, "*", TASKS)))
        .containsExactly("a-1=1.0", "a-2=2.0", "a-3=6.0");
    assertThat(unavailable(world.custom("ns", PODS, "a-4", TASKS)))
        .isEqualTo("incomplete: 1 of 1 pods: a-4 (no exporter has reported)");
    assertThat(unavailable(world.custom("ns", PODS, "a-5", TASKS)))
        .isEqualTo("incomplete: 1 of 1 pods: a-5 (no live task session)");
    assertThat(unavailable(world.custom("ns", PODS, "*", TASKS, "name in (a-5,a-6)", "")))
        .isEqualTo(
            "incomplete: 2 of 2 pods: a-5 (no live task session), a-6 (it runs on no node yet)");
  }

  @Test
  void pods_unservableValue_isLeftOutAndSaidWhenNamed() {
    three();
    world
        .exporter("gpu-2")
        .session("ns", "a-3", 6)
        .tasks("ns", "a-3", "x", SampleValue.unknown(UnknownReason.INVALID))
        .push();

    assertThat(named(world.custom("ns", PODS, "*", TASKS))).containsExactly("a-1=1.0", "a-2=2.0");
    assertThat(unavailable(world.custom("ns", PODS, "a-3", TASKS)))
        .isEqualTo("incomplete: 1 of 1 pods: a-3 (its source gave an impossible answer)");
  }

  @Test
  void pods_noTaskOfTheSelectedQueue_isZeroSinceTheSessionTellsAll() {
    three();
    world
        .exporter("gpu-2")
        .session("ns", "a-3", 0)
        .tasks("ns", "a-3", "x", SampleValue.exact(4))
        .push();

    assertThat(named(world.custom("ns", PODS, "*", TASKS, "", "queue=x")))
        .containsExactly("a-1=0.0", "a-2=0.0", "a-3=4.0");
    assertThat(unavailable(world.custom("ns", PODS, "a-1", TASKS, "", "colour=red")))
        .isEqualTo("incomplete: 1 of 1 pods: a-1 (it has no such gpu_tasks_active)");
  }

  @Test
  void pods_selectorRulesPodOut_isNoSuchObjectOrNotInTheList() {
    three();

    assertThat(failure(world.custom("ns", PODS, "a-1", TASKS, "", "node=gpu-2")))
        .isEqualTo(new QueryFailure.NoSuchObject());
    assertThat(named(world.custom("ns", PODS, "*", TASKS, "", "node=gpu-2")))
        .containsExactly("a-3=6.0");
    assertThat(failure(world.custom("ns", PODS, "a-1", TASKS, "app=b", "")))
        .isEqualTo(new QueryFailure.NoSuchObject());
    assertThat(items(world.custom("ns", PODS, "*", TASKS, "app=b", ""))).isEmpty();
  }

  @Test
  void pods_ofAnotherNamespace_areNotSeen() {
    three();

    assertThat(failure(world.custom("other", PODS, "a-1", TASKS)))
        .isEqualTo(new QueryFailure.NoSuchObject());
    assertThat(items(world.custom("", PODS, "*", TASKS))).isEmpty();
  }

  @Test
  void pods_vram_isThePodsAlone() {
    three();
    var exporter = world.exporter("gpu-1");
    exporter
        .series("gpu_vram_used_bytes", "dcgm", 10, "gpu", "0", "namespace", "ns", "pod", "a-1")
        .series("gpu_vram_used_bytes", "dcgm", 5, "gpu", "1", "namespace", "ns", "pod", "a-1")
        .series("gpu_vram_used_bytes", "dcgm", 7, "gpu", "2", "namespace", "x", "pod", "a-1")
        .series(
            "gpu_vram_used_bytes",
            "dcgm",
            SampleValue.unknown(UnknownReason.INVALID),
            "gpu",
            "3",
            "namespace",
            "ns",
            "pod",
            "a-2")
        .push();

    // Another pod's GPU that gives nonsense does not make this one unknown.
    assertThat(named(world.custom("ns", PODS, "*", "gpu_vram_used_bytes")))
        .containsExactly("a-1=15.0");
    assertThat(unavailable(world.custom("ns", PODS, "a-2", "gpu_vram_used_bytes")))
        .contains("GPU 3: its source gave an impossible answer");
    assertThat(unavailable(world.custom("ns", PODS, "a-3", "gpu_vram_used_bytes")))
        .contains("it does not report gpu_vram_used_bytes");
  }

  @Test
  void pods_withoutCluster_saySo() {
    assertThat(unavailable(world.withoutCluster().custom("ns", PODS, "a-1", TASKS)))
        .isEqualTo("pods are not read here: the adapter runs without a cluster");
  }

  // ---- workloads

  @Test
  void deployment_tasks_areThoseOfItsPods() {
    three().pod("ns", "b-1", "gpu-1", "b");

    assertThat(items(world.custom("ns", DEPLOYMENTS, "a", TASKS)))
        .containsExactly(
            new CustomItem(
                new DescribedObject("apps/v1", "Deployment", "ns", "a"), 9, Duration.ZERO));
    assertThat(named(world.custom("ns", DEPLOYMENTS, "a", "gpu_workers_busy")))
        .containsExactly("a=3.0");
  }

  @Test
  void deployment_tasksPerNode_divideByNodesWithAPod() {
    three();
    assertThat(named(world.custom("ns", DEPLOYMENTS, "a", PER_NODE))).containsExactly("a=4.5");
    assertThat(named(world.custom("ns", DEPLOYMENTS, "a", PER_NODE, "", "node=gpu-2")))
        .containsExactly("a=6.0");

    // A pod without a node yet is on none.
    world.pod(World.notReady("ns", "a-4", "", "a"));
    assertThat(named(world.custom("ns", DEPLOYMENTS, "a", PER_NODE))).containsExactly("a=4.5");
  }

  @Test
  void deployment_withoutPods_hasNoTasksAndNoTasksPerNode() {
    world.node("gpu-1").deployment("ns", "a");

    assertThat(named(world.custom("ns", DEPLOYMENTS, "a", TASKS))).containsExactly("a=0.0");
    assertThat(unavailable(world.custom("ns", DEPLOYMENTS, "a", PER_NODE)))
        .isEqualTo("a has no pod on a node: tasks per node mean nothing");
  }

  @Test
  void deployment_incomplete_saysWhichNode() {
    three().node("gpu-3").pod("ns", "a-4", "gpu-3", "a");

    assertThat(unavailable(world.custom("ns", DEPLOYMENTS, "a", TASKS)))
        .isEqualTo("incomplete: 1 of 3 nodes: gpu-3 (no exporter has reported)");
  }

  @Test
  void deployment_anotherHasNoSession_isNotDisturbed() {
    three().deployment("ns", "b").pod("ns", "b-1", "gpu-1", "b").node("gpu-9");

    assertThat(named(world.custom("ns", DEPLOYMENTS, "a", TASKS))).containsExactly("a=9.0");
    assertThat(unavailable(world.custom("ns", DEPLOYMENTS, "*", TASKS))).contains("b-1");
  }

  @Test
  void deployment_unknownOrOfAnotherNamespace_isNoSuchObject() {
    three();

    assertThat(failure(world.custom("ns", DEPLOYMENTS, "z", TASKS)))
        .isEqualTo(new QueryFailure.NoSuchObject());
    assertThat(failure(world.custom("other", DEPLOYMENTS, "a", TASKS)))
        .isEqualTo(new QueryFailure.NoSuchObject());
    assertThat(failure(world.custom("ns", DEPLOYMENTS, "a", TASKS, "tier=cpu", "")))
        .isEqualTo(new QueryFailure.NoSuchObject());
    assertThat(items(world.custom("ns", DEPLOYMENTS, "*", TASKS, "tier=cpu", ""))).isEmpty();
    assertThat(named(world.custom("ns", DEPLOYMENTS, "*", TASKS, "tier=gpu", "")))
        .containsExactly("a=9.0");
  }

  @Test
  void statefulSet_ofTheSameName_doesNotOwnTheDeploymentsPods() {
    three().workload(new Workload(WorkloadKind.STATEFUL_SET, "ns", "a", Map.of(), Map.of()));

    assertThat(named(world.custom("ns", STATEFUL_SETS, "a", TASKS))).containsExactly("a=0.0");
    assertThat(named(world.custom("ns", DEPLOYMENTS, "a", TASKS))).containsExactly("a=9.0");
  }

  @Test
  void service_picksPodsBySelectorAndWithoutOneNothing() {
    three()
        .workload(new Workload(WorkloadKind.SERVICE, "ns", "s", Map.of(), Map.of("name", "a-3")))
        .workload(new Workload(WorkloadKind.SERVICE, "ns", "none", Map.of(), Map.of()));

    assertThat(named(world.custom("ns", SERVICES, "s", TASKS))).containsExactly("s=6.0");
    assertThat(named(world.custom("ns", SERVICES, "s", PER_NODE))).containsExactly("s=6.0");
    assertThat(named(world.custom("ns", SERVICES, "none", TASKS))).containsExactly("none=0.0");
  }

  // ---- nodes

  @Test
  void nodes_tasks_countPodsOfAllNamespaces() {
    three().pod("other", "c-1", "gpu-2", "c");
    world.exporter("gpu-2").session("ns", "a-3", 6).session("other", "c-1", 4).push();

    assertThat(named(world.custom("", NODES, "*", PER_NODE)))
        .containsExactly("gpu-1=3.0", "gpu-2=10.0");
    assertThat(named(world.custom("", NODES, "gpu-2", PER_NODE))).containsExactly("gpu-2=10.0");
    assertThat(named(world.custom("", NODES, "*", PER_NODE, "", "node=gpu-1")))
        .containsExactly("gpu-1=3.0");
    assertThat(items(world.custom("", NODES, "*", PER_NODE, "zone=b", ""))).isEmpty();
  }

  @Test
  void nodes_throughANamespace_needAGrant() {
    three();

    assertThat(failure(world.custom("ns", NODES, "gpu-1", PER_NODE)))
        .isEqualTo(
            new QueryFailure.NotGranted(
                "namespace ns is not granted the series of nodes (configuration key grants, nodes:"
                    + " true)"));
    assertThat(named(world.grantNodes("ns").custom("ns", NODES, "gpu-1", PER_NODE)))
        .containsExactly("gpu-1=3.0");
  }

  @Test
  void nodes_idleNodeWithExporter_isZeroAndWithoutOneUnknown() {
    three().node("gpu-3").node("gpu-4");
    world.exporter("gpu-3").push();

    assertThat(named(world.custom("", NODES, "gpu-3", PER_NODE))).containsExactly("gpu-3=0.0");
    assertThat(unavailable(world.custom("", NODES, "gpu-4", PER_NODE)))
        .isEqualTo("incomplete: 1 of 1 nodes: gpu-4 (no exporter has reported)");
    assertThat(unavailable(world.custom("", NODES, "*", PER_NODE)))
        .isEqualTo("incomplete: 1 of 4 nodes: gpu-4 (no exporter has reported)");
  }

  @Test
  void nodes_notReadyForLong_areNotInListsAndNeverZero() {
    three().notReady("gpu-3", Duration.ofHours(1));

    assertThat(named(world.custom("", NODES, "*", PER_NODE)))
        .containsExactly("gpu-1=3.0", "gpu-2=6.0");
    assertThat(unavailable(world.custom("", NODES, "gpu-3", PER_NODE)))
        .isEqualTo("incomplete: 1 of 1 nodes: gpu-3 (no exporter has reported)");
  }

  @Test
  void nodes_workerWithoutSession_isNamedWithItsNamespace() {
    three().pod("ns", "a-4", "gpu-2", "a");

    assertThat(unavailable(world.custom("", NODES, "gpu-2", PER_NODE)))
        .isEqualTo("incomplete: 1 of 2 worker pods: ns/a-4 (no live task session)");
    assertThat(named(world.custom("", NODES, "gpu-1", PER_NODE))).containsExactly("gpu-1=3.0");
  }

  @Test
  void nodes_unknownName_isNoSuchObject() {
    assertThat(failure(three().custom("", NODES, "gpu-9", PER_NODE)))
        .isEqualTo(new QueryFailure.NoSuchObject());
  }

  @Test
  void nodes_withoutGpus_areNotInLists() {
    three().node(new ClusterSnapshot.Node("cpu", Map.of(), false, Optional.empty()));

    assertThat(named(world.custom("", NODES, "*", PER_NODE)))
        .containsExactly("gpu-1=3.0", "gpu-2=6.0");
  }

  @Test
  void nodes_devices_addUpUnlessTheyDoNot() {
    world.node("gpu-1").node("gpu-2");
    world
        .exporter("gpu-1")
        .gpu("gpu_vram_used_bytes", "0", 10)
        .gpu("gpu_vram_used_bytes", "1", 20)
        .gpu("gpu_utilization_ratio", "0", 0.5)
        .gpu("gpu_utilization_ratio", "1", 0.7)
        .push();
    world
        .exporter("gpu-2")
        .gpu("gpu_vram_used_bytes", "0", 1)
        .gpu("gpu_utilization_ratio", "0", 0.1)
        .push();

    assertThat(named(world.custom("", NODES, "*", "gpu_vram_used_bytes")))
        .containsExactly("gpu-1=30.0", "gpu-2=1.0");
    assertThat(failure(world.custom("", NODES, "gpu-1", "gpu_utilization_ratio")))
        .isEqualTo(
            new QueryFailure.Ambiguous(
                "gpu_utilization_ratio does not add up and 2 series match; select one by the label"
                    + " gpu"));
    // A node without such a GPU has no such value; it is not unknown.
    assertThat(named(world.custom("", NODES, "*", "gpu_utilization_ratio", "", "gpu=1")))
        .containsExactly("gpu-1=0.7");
    assertThat(failure(world.custom("", NODES, "gpu-2", "gpu_utilization_ratio", "", "gpu=1")))
        .isEqualTo(new QueryFailure.NoSuchObject());
    assertThat(unavailable(world.custom("", NODES, "*", "gpu_power_watts")))
        .contains("gpu-1 (it does not report gpu_power_watts)");
  }

  // ---- what exists

  @Test
  void custom_unknownMetricOrKind_isUnknownMetric() {
    three();

    assertThat(failure(world.custom("ns", PODS, "*", "gpu_wishes")))
        .isEqualTo(new QueryFailure.UnknownMetric());
    assertThat(failure(world.custom("ns", PODS, "*", PER_NODE)))
        .isEqualTo(new QueryFailure.UnknownMetric());
    assertThat(failure(world.custom("ns", new GroupResource("batch", "jobs"), "*", TASKS)))
        .isEqualTo(new QueryFailure.UnknownMetric());
    assertThat(failure(world.custom("ns", PODS, "*", "rabbitmq_queue_consumers")))
        .isEqualTo(new QueryFailure.UnknownMetric());
  }

  @Test
  void custom_clusterNotRead_isUnavailable() {
    assertThat(unavailable(three().unsynced().custom("ns", PODS, "*", TASKS)))
        .isEqualTo("the adapter has not read the cluster's nodes and pods yet");
  }

  @Test
  void catalogue_namesEveryMetricAndItsKindsAndIsOneInstance() {
    ServedMetrics metrics = world.metrics();
    MetricCatalogue catalogue = metrics.catalogue();

    assertThat(catalogue).isSameAs(metrics.catalogue());
    assertThat(catalogue.external()).hasSize(ServedMetric.values().length).contains(PER_NODE);
    assertThat(catalogue.custom())
        .contains(
            new MetricCatalogue.CustomMetric(NODES, false, PER_NODE),
            new MetricCatalogue.CustomMetric(DEPLOYMENTS, true, PER_NODE),
            new MetricCatalogue.CustomMetric(PODS, true, TASKS))
        .anyMatch(it -> it.resource().toString().equals("statefulsets.apps"))
        .anyMatch(it -> it.resource().toString().equals("services"))
        .noneMatch(it -> it.metric().startsWith("rabbitmq_"))
        .noneMatch(it -> it.metric().equals(PER_NODE) && it.resource().equals(PODS));
  }
}
