package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Scale;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.spec.MetricRef;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PolicyObserverTest {

  private static final Workload WORKER =
      new Workload(
          WorkloadKind.DEPLOYMENT,
          "ai",
          "worker",
          Map.of(),
          Map.of(),
          Optional.of(new Scale(4, 3)));

  @Test
  void outsideSources_areAskedByNamespaceAndTarget() {
    var world = new PolicyWorld().deployment("worker", 4);
    var asked = new HashMap<String, String>();
    var adapter =
        world
            .policy(
                "worker",
                """
                maxReplicas: 9
                evaluationInterval: 1s
                rules:
                  - name: p95
                    metric: {name: api_p95_seconds, query: api-p95}
                    scaleUp: {threshold: "0.5"}
                  - name: cpu
                    metric: {name: avg_target_cpu_utilization_percentage}
                    scaleUp: {threshold: 75}
                  - name: tasks
                    metric: {name: active_gpu_processing_tasks_per_worker_node}
                    scaleUp: {threshold: 5}
                """)
            .adapter(
                new OutsideSources() {
                  @Override
                  public Optional<String> refusal(String namespace, String query) {
                    return Optional.empty();
                  }

                  @Override
                  public Observation query(String namespace, String query) {
                    asked.put("query", namespace + "/" + query);
                    return new Observation.Sampled(Instant.EPOCH, 0.4, Exactness.EXACT, "test");
                  }

                  @Override
                  public Observation utilization(Workload target, MetricRef.Resource resource) {
                    asked.put("utilization", target.name() + " " + resource);
                    return new Observation.Sampled(Instant.EPOCH, 80, Exactness.EXACT, "test");
                  }
                });
    adapter.leads = true;
    world.pass(Duration.ofSeconds(3));

    assertThat(asked)
        .containsEntry("query", "ai/api-p95")
        .containsEntry("utilization", "worker CPU");
    assertThat(world.status().actions().pending().orElseThrow().to()).isEqualTo(5);
    assertThat(String.valueOf(world.status().decision().get("rules")))
        .contains("worker has no pod on a node");
  }

  @Test
  void seriesThatDoNotExist_areMissing_andSaySo() {
    var world = new PolicyWorld().deployment("worker", 4).queue(7);
    var adapter =
        world
            .policy(
                "worker",
                """
                maxReplicas: 9
                evaluationInterval: 1s
                rules:
                  - name: other
                    metric:
                      name: rabbitmq_queue_messages_ready
                      selector: {matchLabels: {queue: other}}
                    scaleUp: {threshold: 100}
                  - name: tasks
                    metric: {name: gpu_tasks_active, selector: {matchLabels: {workload: worker}}}
                    scaleUp: {threshold: 5}
                  - name: vram
                    metric: {name: gpu_vram_free_bytes}
                    scaleUp: {threshold: 5}
                """)
            .leader();
    world.pass(Duration.ofSeconds(3));

    assertThat(adapter.leads).isTrue();
    assertThat(world.status().actions().pending()).isEmpty();
    assertThat(String.valueOf(world.status().decision().get("rules")))
        .contains("rabbitmq_queue_messages_ready")
        .contains("missing");
  }

  @Test
  void noOutsideSources_areMissing_andSayWhatToSet() {
    assertThat(OutsideSources.NONE.query("ai", "p95"))
        .isEqualTo(
            new Observation.Missing(
                "PromQL query p95 is not granted to namespace ai: list it with this namespace in"
                    + " prometheus.queries of the metrics-adapter's configuration"));
    assertThat(OutsideSources.NONE.utilization(WORKER, MetricRef.Resource.CPU))
        .isInstanceOf(Observation.Missing.class);
  }

  @Test
  void pending_countsWhatIsNotThereYet_andWhatIsStarting() {
    Instant now = Instant.parse("2026-11-25T12:00:00Z");
    Map<String, Pod> pods = new HashMap<>();
    pods.put("ready", pod("ready", true, now));
    pods.put("starting", pod("starting", false, now.minusSeconds(30)));
    pods.put("stuck", pod("stuck", false, now.minusSeconds(600)));
    var cluster = new ClusterSnapshot(true, true, Map.of(), Map.of("ai", pods), Map.of());

    assertThat(PolicyObserver.pending(cluster, WORKER, 6, Duration.ofMinutes(2), now))
        .isEqualTo(3 + 1);
    assertThat(PolicyObserver.pending(cluster, WORKER, 2, Duration.ofMinutes(2), now)).isEqualTo(1);
  }

  private static Pod pod(String name, boolean isReady, Instant createdAt) {
    return new Pod(
        "ai",
        name,
        Map.of(),
        "n",
        isReady,
        true,
        true,
        "worker",
        "Deployment",
        createdAt,
        Requests.NONE);
  }

  @Test
  void sameReading_isTheSameInstant_whateverTheWallClockDoes() {
    long[] nanos = {5};
    Instant[] wall = {Instant.parse("2026-11-25T12:00:00Z")};
    Ticker ticker = () -> nanos[0];
    var instants = new MonotonicInstants(ticker, () -> wall[0]);
    Instant first = instants.at(10);
    wall[0] = wall[0].plusSeconds(3600);

    assertThat(instants.at(10)).isEqualTo(first);
    assertThat(instants.at(11)).isAfter(first);
  }
}
