package io.gpuscaling.adapter.metrics;

import static io.gpuscaling.adapter.metrics.World.failure;
import static io.gpuscaling.adapter.metrics.World.items;
import static io.gpuscaling.adapter.metrics.World.unavailable;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.TimeBuckets;
import org.junit.jupiter.api.Test;

/** Quantiles of times, over the nodes. */
class TaskTimesTest {

  private static final String DURATION = "gpu_task_duration_seconds";
  private static final String P90 = "class=sample,quantile=0.9";

  private final World world = new World();

  /** On the one node 90 tasks of a second each, on the other 10 of a minute. */
  private World twoNodes() {
    world.node("gpu-1").node("gpu-2").pod("ns", "a-1", "gpu-1", "a").pod("ns", "b-1", "gpu-2", "b");
    ran(world.exporter("gpu-1").session("ns", "a-1", 0), "a-1", "sample", 1, 90).push();
    return ran(world.exporter("gpu-2").session("ns", "b-1", 0), "b-1", "sample", 60, 10).push();
  }

  private static World.Exporter ran(
      World.Exporter exporter, String pod, String taskClass, double seconds, int tasks) {
    return exporter.series(
        TimeBuckets.DURATION_COUNTS,
        Sources.LEASE,
        tasks,
        "namespace",
        "ns",
        "pod",
        pod,
        "class",
        taskClass,
        "queue",
        "jobs",
        TimeBuckets.LABEL,
        Integer.toString(TimeBuckets.of(seconds)));
  }

  private double quantile(String selector) {
    return items(world.external("ns", DURATION, selector)).getFirst().value();
  }

  @Test
  void external_quantile_isThatOfAllTasksAndNotOfTheNodes() {
    twoNodes();

    // The mean of the nodes' P90 would be 30 s.
    assertThat(quantile(P90)).isCloseTo(1, within(0.1));
    assertThat(quantile("class=sample,quantile=0.99")).isCloseTo(60, within(6.0));
    assertThat(quantile("class=sample,quantile=0.9,workload=b")).isCloseTo(60, within(6.0));
    assertThat(quantile("class=sample,quantile=0.5,node=gpu-2,queue=jobs"))
        .isCloseTo(60, within(6.0));
    assertThat(items(world.external("ns", DURATION, P90)).getFirst().labels())
        .isEqualTo(Labels.of("class", "sample", "quantile", "0.9"));
  }

  @Test
  void external_severalQuantilesOrClasses_areRefusedByLabel() {
    twoNodes();
    ran(world.exporter("gpu-1").session("ns", "a-1", 0), "a-1", "sample", 1, 90);
    ran(world.exporter("gpu-1").session("ns", "a-1", 0), "a-1", "high-res", 9, 1).push();

    assertThat(failure(world.external("ns", DURATION, "quantile=0.9")))
        .isInstanceOfSatisfying(
            QueryFailure.Ambiguous.class,
            it -> assertThat(it.sentence()).contains("select one by the label class"));
    assertThat(failure(world.external("ns", DURATION, "class=high-res")))
        .isInstanceOfSatisfying(
            QueryFailure.Ambiguous.class,
            it -> assertThat(it.sentence()).contains("select one by the label quantile"));
  }

  @Test
  void external_nothingEnded_isUnknownAndNotZero() {
    twoNodes();

    assertThat(unavailable(world.external("ns", DURATION, "class=other,quantile=0.9")))
        .isEqualTo("no GPU task of the selection has ended well in the last 5 min");
    assertThat(unavailable(world.external("ns", "gpu_task_wait_seconds", P90)))
        .contains("begun and told how long it had waited");
  }

  @Test
  void external_quantileThatIsNotKept_orABucket_selectsNothing() {
    twoNodes();

    assertThat(items(world.external("ns", DURATION, "class=sample,quantile=0.95"))).isEmpty();
    assertThat(items(world.external("ns", DURATION, P90 + ",bucket=3"))).isEmpty();
  }

  @Test
  void external_nodeThatHasNotTold_makesItIncomplete() {
    twoNodes().node("gpu-3");

    assertThat(unavailable(world.external("ns", DURATION, P90)))
        .isEqualTo("incomplete: 1 of 3 nodes: gpu-3 (no exporter has reported)");
    assertThat(quantile(P90 + ",workload=a")).isCloseTo(1, within(0.1));
  }

  @Test
  void custom_workload_hasTheQuantileOfItsPods() {
    twoNodes().deployment("ns", "b");

    assertThat(World.items(custom("b", P90)).getFirst().value()).isCloseTo(60, within(6.0));
    assertThat(unavailable(custom("b", "class=other,quantile=0.9"))).contains("ended well");
    assertThat(failure(custom("b", "class=sample"))).isInstanceOf(QueryFailure.Ambiguous.class);
  }

  private QueryResult<CustomItem> custom(String deployment, String selector) {
    return world.custom(
        "ns", WorkloadKind.DEPLOYMENT.resource(), deployment, DURATION, "", selector);
  }
}
