package io.gpuscaling.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.e2e.world.Exporter;
import io.gpuscaling.e2e.world.HpaSituation;
import io.gpuscaling.e2e.world.HpaSituation.Selected;
import io.gpuscaling.e2e.world.Installation;
import io.gpuscaling.e2e.world.InstallationExtension;
import io.gpuscaling.e2e.world.Worker;
import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.MetricTarget;
import io.gpuscaling.policy.hpa.RatePolicy;
import io.gpuscaling.policy.hpa.ScalingRules;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * What {@code policy.hpa} says that an HPA makes of a value, beside what the real controller makes
 * of it: the first decision of each of these situations.
 */
@Timeout(240)
@ExtendWith(InstallationExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HpaAlgorithmIT {

  private static final String NAMESPACE = "algorithm-it";
  private static final String NODE = "algorithm-node";
  private static final Duration DEADLINE = Duration.ofSeconds(90);
  private static final Duration EVENTS = Duration.ofSeconds(20);
  private static final Pattern NEW_SIZE = Pattern.compile("New size: (\\d+);.*");
  private static final Selected SEVEN = new Selected("seven", OptionalLong.of(7));
  private static final Selected TWELVE = new Selected("twelve", OptionalLong.of(12));
  private static final Selected NOBODY = new Selected("nobody", OptionalLong.empty());
  private static final Duration QUARTER = Duration.ofSeconds(15);
  private static final Duration HOUR_HALF = Duration.ofMinutes(30);
  private static final ScalingRules WIDE =
      rules(0.1, SelectPolicy.MAX, new RatePolicy.Pods(100, QUARTER));
  private static final ScalingRules EXACT =
      rules(0, SelectPolicy.MAX, new RatePolicy.Pods(100, QUARTER));

  private final Installation installation;
  private final ControlPlane plane;
  private final Exporter exporter;
  private final List<Worker> workers = new ArrayList<>();

  HpaAlgorithmIT(Installation installation) {
    this.installation = installation;
    this.plane = installation.plane();
    plane.objects().namespace(NAMESPACE);
    plane.objects().gpuNode(NODE, 8);
    exporter = Exporter.onNode(installation, NODE);
    worker(SEVEN);
    worker(TWELVE);
  }

  private void worker(Selected selected) {
    GpuPod pod = GpuPod.onNode(NAMESPACE, selected.pod(), NODE);
    plane.objects().pod(pod);
    plane.objects().awaitReady(pod);
    Worker worker = Worker.inPod(installation, pod, exporter);
    workers.add(worker);
    worker.start(Math.toIntExact(selected.tasks().orElseThrow()));
  }

  @AfterAll
  void stop() {
    workers.forEach(Worker::vanish);
    exporter.close();
    plane.objects().deleteNode(NODE);
  }

  @Test
  void firstDecision_ofEverySituation_isWhatTheControllerDecides() {
    List<HpaSituation> situations = situations();
    assertThat(situations).hasSizeGreaterThanOrEqualTo(40);
    awaitTasks(SEVEN);
    awaitTasks(TWELVE);
    plane.kubectl().apply(all(situations, it -> it.deployment(NAMESPACE, NODE)));
    awaitPods(situations);

    plane.kubectl().apply(all(situations, it -> it.autoscaler(NAMESPACE)));
    awaitLooks(situations);

    Map<String, Integer> expected = new TreeMap<>();
    situations.forEach(it -> expected.put(it.name(), it.decided()));
    // Events come a little later than what they are about.
    Awaitility.await()
        .atMost(EVENTS)
        .untilAsserted(() -> assertThat(decisions(situations)).isEqualTo(expected));
  }

  private Map<String, Integer> decisions(List<HpaSituation> situations) {
    Map<String, Integer> seen = firstSizes();
    Map<String, Integer> decided = new TreeMap<>();
    situations.forEach(it -> decided.put(it.name(), seen.getOrDefault(it.name(), it.replicas())));
    return decided;
  }

  private static List<HpaSituation> situations() {
    List<HpaSituation> all = new ArrayList<>();
    for (int replicas : new int[] {1, 2, 3, 6}) {
      for (long target : new long[] {1500, 2000, 3500, 6400}) {
        for (ScalingRules rules : List.of(WIDE, EXACT)) {
          String name =
              "average-" + replicas + "-" + target + (rules.tolerance() == 0 ? "-exact" : "");
          all.add(situation(name, replicas, rules, rules, average(target), SEVEN));
        }
      }
    }
    for (int replicas : new int[] {2, 4}) {
      for (long target : new long[] {3000, 6800, 20_000}) {
        all.add(
            situation(
                "value-" + replicas + "-" + target, replicas, WIDE, WIDE, value(target), SEVEN));
      }
    }
    MetricTarget two = average(2000);
    all.add(situation("up-default", 1, ScalingRules.DEFAULT_UP, WIDE, average(1000), TWELVE));
    all.add(situation("down-default", 6, WIDE, ScalingRules.DEFAULT_DOWN, average(6000), TWELVE));
    all.add(situation("up-one-at-a-time", 2, rate(1), WIDE, two, TWELVE));
    all.add(situation("down-two-at-a-time", 6, WIDE, rate(2), average(12_000), SEVEN));
    all.add(situation("up-half", 3, percent(50), WIDE, two, TWELVE));
    all.add(situation("down-third", 6, WIDE, percent(30), average(12_000), SEVEN));
    all.add(situation("up-off", 2, off(), WIDE, two, TWELVE));
    all.add(situation("down-off", 6, WIDE, off(), average(12_000), SEVEN));
    all.add(
        situation(
            "up-least-of-two",
            2,
            rules(
                0.1,
                SelectPolicy.MIN,
                new RatePolicy.Pods(3, HOUR_HALF),
                new RatePolicy.Percent(100, HOUR_HALF)),
            WIDE,
            two,
            TWELVE));
    all.add(bounded("below-min", 1, 3, 9, two, SEVEN));
    all.add(bounded("above-max", 6, 1, 4, two, TWELVE));
    all.add(bounded("to-max", 2, 1, 5, two, TWELVE));
    all.add(bounded("to-min", 5, 3, 9, average(7000), SEVEN));
    all.add(two("largest-of-two", 2, SEVEN, TWELVE));
    all.add(two("one-missing-up", 2, NOBODY, TWELVE));
    all.add(two("one-missing-down", 6, NOBODY, SEVEN));
    all.add(two("both-missing", 3, NOBODY, NOBODY));
    all.add(pending("pending-average", 2, two));
    all.add(pending("pending-value", 2, value(2000)));
    return all;
  }

  private static HpaSituation situation(
      String name,
      int replicas,
      ScalingRules up,
      ScalingRules down,
      MetricTarget target,
      Selected selected) {
    HpaSpec spec = new HpaSpec(1, 20, List.of(new HpaMetric("first", target)), up, down);
    return new HpaSituation(name, replicas, true, spec, List.of(selected));
  }

  private static HpaSituation bounded(
      String name, int replicas, int min, int max, MetricTarget target, Selected selected) {
    HpaSpec spec = new HpaSpec(min, max, List.of(new HpaMetric("first", target)), WIDE, WIDE);
    return new HpaSituation(name, replicas, true, spec, List.of(selected));
  }

  private static HpaSituation two(String name, int replicas, Selected first, Selected second) {
    HpaSpec spec =
        new HpaSpec(
            1,
            20,
            List.of(new HpaMetric("first", average(3000)), new HpaMetric("second", average(3000))),
            WIDE,
            WIDE);
    return new HpaSituation(name, replicas, true, spec, List.of(first, second));
  }

  private static HpaSituation pending(String name, int replicas, MetricTarget target) {
    HpaSpec spec = new HpaSpec(1, 20, List.of(new HpaMetric("first", target)), WIDE, WIDE);
    return new HpaSituation(name, replicas, false, spec, List.of(SEVEN));
  }

  private static MetricTarget average(long milli) {
    return new MetricTarget.AverageValue(milli);
  }

  private static MetricTarget value(long milli) {
    return new MetricTarget.Value(milli);
  }

  private static ScalingRules rate(int pods) {
    return rules(0.1, SelectPolicy.MAX, new RatePolicy.Pods(pods, HOUR_HALF));
  }

  private static ScalingRules percent(int percent) {
    return rules(0.1, SelectPolicy.MAX, new RatePolicy.Percent(percent, HOUR_HALF));
  }

  private static ScalingRules off() {
    return rules(0.1, SelectPolicy.DISABLED, new RatePolicy.Pods(1, QUARTER));
  }

  private static ScalingRules rules(double tolerance, SelectPolicy select, RatePolicy... policies) {
    return new ScalingRules(Duration.ZERO, List.of(policies), select, tolerance);
  }

  private static String all(List<HpaSituation> situations, Function<HpaSituation, String> yaml) {
    return situations.stream().map(yaml).collect(Collectors.joining());
  }

  private void awaitTasks(Selected selected) {
    var _ =
        plane
            .api()
            .await(
                "/apis/external.metrics.k8s.io/v1beta1/namespaces/"
                    + NAMESPACE
                    + "/gpu_tasks_active?labelSelector=pod%3D"
                    + selected.pod(),
                DEADLINE,
                answer ->
                    answer
                        .body()
                        .at("/items/0/value")
                        .asString("")
                        .equals(Long.toString(selected.tasks().orElseThrow())));
  }

  /** Until the Deployments rest: what exists is what was wanted. */
  private void awaitPods(List<HpaSituation> situations) {
    Map<String, HpaSituation> byName =
        situations.stream().collect(Collectors.toMap(HpaSituation::name, it -> it));
    var _ =
        plane
            .api()
            .await(
                "/apis/apps/v1/namespaces/" + NAMESPACE + "/deployments",
                DEADLINE,
                answer -> {
                  int resting = 0;
                  for (JsonNode deployment : answer.body().path("items")) {
                    HpaSituation situation =
                        byName.get(deployment.at("/metadata/name").asString(""));
                    boolean isResting =
                        situation != null
                            && deployment.at("/status/replicas").asInt(0) == situation.replicas()
                            && deployment.at("/status/readyReplicas").asInt(0)
                                == (situation.isReady() ? situation.replicas() : 0);
                    resting += isResting ? 1 : 0;
                  }
                  return resting == situations.size();
                });
  }

  /** Until the controller has looked at each of them. */
  private void awaitLooks(List<HpaSituation> situations) {
    var _ =
        plane
            .api()
            .await(
                "/apis/autoscaling/v2/namespaces/" + NAMESPACE + "/horizontalpodautoscalers",
                DEADLINE,
                answer -> {
                  int looked = 0;
                  for (JsonNode hpa : answer.body().path("items")) {
                    looked += hpa.at("/status/conditions").size() > 1 ? 1 : 0;
                  }
                  return looked == situations.size();
                });
  }

  /** The size that each Deployment was first set to. */
  private Map<String, Integer> firstSizes() {
    List<JsonNode> events = new ArrayList<>();
    plane
        .api()
        .get(
            "/api/v1/namespaces/"
                + NAMESPACE
                + "/events?limit=500&fieldSelector=reason%3DSuccessfulRescale")
        .orThrow()
        .path("items")
        .forEach(events::add);
    events.sort(
        Comparator.comparingLong(
            it -> Long.parseLong(it.at("/metadata/resourceVersion").asString("0"))));
    Map<String, Integer> sizes = new TreeMap<>();
    for (JsonNode event : events) {
      Matcher size = NEW_SIZE.matcher(event.path("message").asString(""));
      assertThat(size.matches()).as(event.toString()).isTrue();
      sizes.putIfAbsent(
          event.at("/involvedObject/name").asString(""), Integer.valueOf(size.group(1)));
    }
    return sizes;
  }
}
