package io.gpuscaling.adapter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.DeletionOrder;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.core.metric.BrokerWorkers;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What counts of a broker's word about worker pods, and when it does not. */
final class BrokerTasksTest {

  private static final String ACTIVE = "gpu_tasks_active";
  private static final Instant MADE = Instant.ofEpochSecond(1_000);
  private static final String SINCE = "2000";

  private final World world =
      new World()
          .node("a")
          .deployment("team", "d")
          .grantQueues("team", "default", "*", "*")
          .pod(pod("w-0", "10.0.0.1"))
          .pod(pod("w-1", "10.0.0.2"));

  BrokerTasksTest() {
    world.exporter("a").push();
  }

  private static Pod pod(String name, String address) {
    return pod(name, "a", address);
  }

  private static Pod pod(String name, String node, String address) {
    return new Pod(
        "team",
        name,
        Map.of(),
        node,
        true,
        true,
        true,
        "d",
        "Deployment",
        MADE,
        Requests.NONE,
        DeletionOrder.NOT_SAID,
        address);
  }

  private static World.Exporter byAddress(
      World.Exporter reader, String address, SampleValue messages) {
    return reader.series(
        BrokerWorkers.UNACKED,
        "rabbitmq/default",
        messages,
        BrokerWorkers.BROKER,
        "default",
        BrokerWorkers.ADDRESS,
        address,
        BrokerWorkers.SINCE,
        SINCE);
  }

  private static World.Exporter byTag(
      World.Exporter reader, String pod, String address, String since, double messages) {
    return reader.series(
        BrokerWorkers.UNACKED,
        "rabbitmq/default",
        messages,
        BrokerWorkers.BROKER,
        "default",
        BrokerWorkers.NAMESPACE,
        "team",
        BrokerWorkers.POD,
        pod,
        BrokerWorkers.ADDRESS,
        address,
        BrokerWorkers.SINCE,
        since);
  }

  private static World.Exporter byNode(
      World.Exporter reader, String node, String address, double messages) {
    return reader.series(
        BrokerWorkers.UNACKED,
        "rabbitmq/default",
        messages,
        BrokerWorkers.BROKER,
        "default",
        BrokerWorkers.NODE,
        node,
        BrokerWorkers.ADDRESS,
        address,
        BrokerWorkers.SINCE,
        SINCE);
  }

  private Map<String, Double> values(String metric) {
    return values(metric, "");
  }

  private Map<String, Double> values(String metric, String selector) {
    return World.items(world.external("team", metric, selector)).stream()
        .collect(Collectors.toMap(item -> item.labels().getOrEmpty("pod"), ExternalItem::value));
  }

  private String sentence(String namespace, String selector) {
    return switch (world.external(namespace, ACTIVE, selector)) {
      case QueryResult.Failed<ExternalItem>(QueryFailure.Unavailable(String sentence)) -> sentence;
      case QueryResult.Failed<ExternalItem> failed -> failed.toString();
      case QueryResult.Items<ExternalItem> items -> items.toString();
    };
  }

  @Test
  void untilTheFirstSession_brokerCounts_thenTheLeasesAlone() {
    World.Exporter reader = world.queueReader("r");
    byTag(reader, "w-0", "192.168.0.1", SINCE, 2);
    byAddress(reader, "10.0.0.2", SampleValue.exact(0)).push();

    assertThat(values(ACTIVE)).isEqualTo(Map.of("w-0", 2.0, "w-1", 0.0));
    assertThat(values("gpu_workers_busy")).isEqualTo(Map.of("w-0", 1.0, "w-1", 0.0));

    // One of the workload's pods speaks for itself: the other is unknown until it does, too.
    world.exporter("a").session("team", "w-0", 1).push();
    assertThat(sentence("team", "")).contains("1 of 2 worker pods", "w-1 (no live task session)");
    world.exporter("a").session("team", "w-0", 1).session("team", "w-1", 4).push();
    assertThat(values(ACTIVE)).isEqualTo(Map.of("w-0", 1.0, "w-1", 4.0));
  }

  @Test
  void workerByTagAndByAddress_isSummedOnce_whateverReplicasTell() {
    for (String replica : new String[] {"r1", "r2"}) {
      World.Exporter reader = world.queueReader(replica);
      byTag(reader, "w-0", "10.0.0.1", SINCE, 2);
      byAddress(reader, "10.0.0.1", SampleValue.exact(1));
      byAddress(reader, "10.0.0.2", new SampleValue.Known(5, Exactness.UPPER_BOUND)).push();
    }

    assertThat(values(ACTIVE)).isEqualTo(Map.of("w-0", 3.0, "w-1", 5.0));
    assertThat(World.items(world.external("team", ACTIVE, "pod=w-1")))
        .extracting(ExternalItem::exactness)
        .containsExactly(Exactness.UPPER_BOUND);
  }

  @Test
  void workersThatNobodyTellsOf_formerPods_andOldWords_stayUnknown() {
    World.Exporter reader = world.queueReader("r");
    byAddress(reader, "10.0.0.1", SampleValue.exact(1));
    byTag(reader, "w-1", "10.0.0.2", "999", 1).push();
    assertThat(sentence("team", "")).contains("1 of 2 worker pods", "w-1 (no live task session)");

    reader.forgetSeries();
    byAddress(reader, "10.0.0.1", SampleValue.exact(1));
    byAddress(reader, "10.0.0.2", new SampleValue.Known(1, Exactness.LOWER_BOUND)).push();
    assertThat(sentence("team", "")).contains("w-1 (no live task session)");

    reader.forgetSeries();
    byAddress(reader, "10.0.0.1", SampleValue.exact(1));
    byAddress(reader, "10.0.0.2", SampleValue.exact(1)).push();
    assertThat(values(ACTIVE)).hasSize(2);
    world.pass(Duration.ofSeconds(11));
    assertThat(sentence("team", "")).contains("2 of 2 worker pods");
  }

  @Test
  void workerThatNamesItsNodeAlone_countsForTheOneThatRunsTasksThere() {
    world.node("b").pod(pod("w-2", "b", "10.0.0.3"));
    world.exporter("b").push();
    World.Exporter reader = world.queueReader("r");
    byAddress(reader, "10.0.0.1", SampleValue.exact(0));
    byAddress(reader, "10.0.0.2", SampleValue.exact(0));
    byNode(reader, "b", "192.168.0.7", 2);
    byNode(reader, "b", "192.168.0.8", 1).push();

    assertThat(values(ACTIVE)).isEqualTo(Map.of("w-0", 0.0, "w-1", 0.0, "w-2", 3.0));
    assertThat(World.named(world.custom("", World.NODES, "b", World.PER_NODE)))
        .containsExactly("b=3.0");

    // As soon as it has a session of its own that alone counts.
    world.exporter("b").session("team", "w-2", 1).push();
    assertThat(World.sum(world.external("team", ACTIVE, "pod=w-2"))).isEqualTo(1);
  }

  @Test
  void nodeAlone_isOfNobody_whereSeveralRunTasks_orWhereAnotherPodHasTheAddress() {
    world
        .node("b")
        .pod(pod("w-2", "b", "10.0.0.3"))
        .pod(World.withoutTasks("other", "notebook", "b", ""))
        .pod(pod("elsewhere", "", "10.0.0.4"));
    world.exporter("b").push();
    World.Exporter reader = world.queueReader("r");
    byNode(reader, "a", "192.168.0.7", 1);
    byNode(reader, "b", "10.0.0.4", 1).push();
    assertThat(sentence("team", "")).contains("3 of 3 worker pods");

    reader.forgetSeries();
    byNode(reader, "b", "10.0.0.9", 1).push();
    assertThat(values(ACTIVE, "pod=w-2")).isEqualTo(Map.of("w-2", 1.0));

    // Of another namespace, of which nobody here knows whether its worker names the node, too.
    world.pod(World.worker("other", "x", "b", ""));
    assertThat(sentence("team", "pod=w-2")).contains("w-2 (no live task session)");
  }

  @Test
  void workloadThatABrokerHasToldOf_mayAnnounceTasks_whenTheBrokerIsSilent() {
    ServedMetrics metrics = world.metrics();
    assertThat(mayAnnounce(metrics)).isFalse();

    World.Exporter reader = world.queueReader("r");
    byAddress(reader, "10.0.0.1", SampleValue.exact(1)).push();
    // Asked for once; a lower bound of one of two workers is nothing that could be served.
    assertThat(World.failure(metrics.external(query()))).isNotNull();
    assertThat(mayAnnounce(metrics)).isTrue();

    reader.forgetSeries().push();
    assertThat(mayAnnounce(metrics)).isTrue();
    assertThat(mayAnnounce(world.metrics())).isFalse();
  }

  @Test
  void workloadThatHadSessions_mayAnnounceTasks_whenAllOfThemAreGone() {
    ServedMetrics metrics = world.metrics();
    World.Exporter exporter = world.exporter("a").session("team", "w-0", 1);
    exporter.push();
    assertThat(World.failure(metrics.external(query()))).isNotNull();

    // Its workers may run on, cut off from their exporter.
    exporter.forgetSeries().push();
    assertThat(mayAnnounce(metrics)).isTrue();
  }

  private static ExternalQuery query() {
    return new ExternalQuery("team", ACTIVE, LabelSelector.EVERYTHING);
  }

  private static boolean mayAnnounce(ServedMetrics metrics) {
    return metrics.mayAnnounceTasks(WorkloadKind.DEPLOYMENT, "team", "d");
  }

  @Test
  void queueOfTasks_isNothingThatTheBrokerCanTell() {
    World.Exporter reader = world.queueReader("r");
    byAddress(reader, "10.0.0.1", SampleValue.exact(1));
    byAddress(reader, "10.0.0.2", SampleValue.exact(1)).push();

    assertThat(sentence("team", "queue=jobs")).contains("2 of 2 worker pods");
    assertThat(World.items(world.external("team", ACTIVE, "workload=d"))).hasSize(2);
  }

  @Test
  void namespaceWithoutAGrant_isToldByNoBroker() {
    world.pod(
        new Pod(
            "other",
            "x",
            Map.of(),
            "a",
            true,
            true,
            true,
            "",
            "",
            MADE,
            Requests.NONE,
            DeletionOrder.NOT_SAID,
            "10.0.0.9"));
    byAddress(world.queueReader("r"), "10.0.0.9", SampleValue.exact(1)).push();

    assertThat(sentence("other", "")).contains("1 of 1 worker pods", "x (no live task session)");
  }
}
