package io.gpuscaling.adapter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.adapter.policy.UsageReader.Usage;
import io.gpuscaling.adapter.policy.UsageReader.Usages;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observation.Missing;
import io.gpuscaling.policy.observe.Observation.Sampled;
import io.gpuscaling.policy.spec.MetricRef.Resource;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PodUtilizationTest {

  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final Workload WORKER =
      new Workload(WorkloadKind.DEPLOYMENT, "ai", "worker", Map.of(), Map.of());

  private static Pod pod(String name, boolean isReady, long cpuMillis, long memoryBytes) {
    return new Pod(
        "ai",
        name,
        Map.of(),
        "n",
        isReady,
        false,
        false,
        "worker",
        "Deployment",
        NOW,
        new Requests(cpuMillis, memoryBytes));
  }

  private static final List<Pod> TWO =
      List.of(pod("a", true, 1000, 200), pod("b", true, 3000, 600));

  @Test
  void usage_isInPercentOfWhatAllRequest_asOldAsTheOldest() {
    Map<String, Usage> usages =
        Map.of("a", new Usage(900, 100, NOW), "b", new Usage(1100, 300, NOW.minusSeconds(9)));

    assertThat(PodUtilization.of(TWO, usages, Resource.CPU))
        .isEqualTo(new Sampled(NOW.minusSeconds(9), 50, Exactness.EXACT, "2 of 2 ready pods"));
    assertThat(PodUtilization.of(TWO, usages, Resource.MEMORY))
        .isEqualTo(new Sampled(NOW.minusSeconds(9), 50, Exactness.EXACT, "2 of 2 ready pods"));
  }

  @Test
  void podWithoutMeasurement_makesALowerBound() {
    assertThat(PodUtilization.of(TWO, Map.of("b", new Usage(4000, 300, NOW)), Resource.CPU))
        .isEqualTo(new Sampled(NOW, 100, Exactness.LOWER_BOUND, "1 of 2 ready pods"));
    assertThat(PodUtilization.of(TWO, Map.of(), Resource.CPU))
        .isEqualTo(new Missing("no ready pod of the target has been measured yet"));
  }

  @Test
  void noReadyPod_orNoRequest_isMissing() {
    assertThat(PodUtilization.of(List.of(), Map.of(), Resource.CPU))
        .isEqualTo(new Missing("the target has no ready pod"));
    List<Pod> withoutMemory = List.of(pod("a", true, 1000, Requests.UNSET));
    assertThat(PodUtilization.of(withoutMemory, Map.of(), Resource.MEMORY))
        .isEqualTo(new Missing("a container of pod a requests no memory"));
    assertThat(
            PodUtilization.of(List.of(pod("a", true, Requests.UNSET, 1)), Map.of(), Resource.CPU))
        .isEqualTo(new Missing("a container of pod a requests no cpu"));
  }

  @Test
  void namespaces_areReadWhileTheyAreAskedFor_andForgottenThen() {
    Map<String, Pod> pods = new HashMap<>();
    TWO.forEach(pod -> pods.put(pod.name(), pod));
    pods.put("c", pod("c", false, 1000, 1));
    var cluster = new ClusterSnapshot(true, true, Map.of(), Map.of("ai", pods), Map.of());
    AtomicLong nanos = new AtomicLong();
    Usages[] answer = {new Usages.Unknown("no metrics-server")};
    int[] readings = {0};
    var utilizations =
        new PodUtilizations(
            _ -> {
              readings[0]++;
              return answer[0];
            },
            () -> cluster,
            nanos::get);
    OutsideSources sources = new PodsAndQueries(utilizations, QueryResults.NONE);
    assertThat(sources.used()).isEmpty();
    utilizations.readOnce();
    assertThat(readings[0]).isZero();
    assertThat(cpu(sources))
        .isEqualTo(new Missing("the resource metrics of pods have not been read yet"));
    utilizations.readOnce();
    assertThat(cpu(sources)).isEqualTo(new Missing("no metrics-server"));
    assertThat(sources.usages(WORKER)).isEmpty();

    answer[0] =
        new Usages.Known(Map.of("a", new Usage(900, 100, NOW), "b", new Usage(1100, 300, NOW)));
    nanos.addAndGet(Duration.ofSeconds(5).toNanos());
    utilizations.readOnce();
    assertThat(cpu(sources)).isInstanceOf(Sampled.class);
    assertThat(sources.usages(WORKER)).containsOnlyKeys("a", "b");

    answer[0] = new Usages.Unknown("away");
    nanos.addAndGet(Duration.ofSeconds(30).toNanos());
    utilizations.readOnce();
    assertThat(cpu(sources)).isInstanceOf(Sampled.class);
    nanos.addAndGet(Duration.ofSeconds(31).toNanos());
    assertThat(cpu(sources))
        .isEqualTo(new Missing("the resource metrics of pods were last read 61 s ago"));
    assertThat(sources.usages(WORKER)).isEmpty();
    utilizations.readOnce();
    assertThat(cpu(sources)).isEqualTo(new Missing("away"));

    int before = readings[0];
    nanos.addAndGet(PodUtilizations.FORGET_AFTER.toNanos() + 1);
    utilizations.readOnce();
    assertThat(readings[0]).isEqualTo(before);
    assertThat(sources.query("ai", "p95")).isInstanceOf(Missing.class);
    utilizations.start();
    utilizations.close();
  }

  private static Observation cpu(OutsideSources sources) {
    return sources.utilization(WORKER, Resource.CPU);
  }
}
