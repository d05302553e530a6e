package io.gpuscaling.adapter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
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
    return new Pod(
        "team",
        name,
        Map.of(),
        "a",
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

  private Map<String, Double> values(String metric) {
    return World.items(world.external("team", metric, "")).stream()
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
