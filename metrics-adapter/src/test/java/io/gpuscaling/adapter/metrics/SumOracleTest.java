package io.gpuscaling.adapter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random clusters and exporters against a slow, obvious oracle: a sum that is served lacks no
 * expected contributor, nothing is served twice, and no zero is invented.
 */
class SumOracleTest {

  private static final int CLUSTERS = 1_500;
  private static final List<String> NAMESPACES = List.of("ns", "other");
  private static final List<String> WORKLOADS = List.of("a", "b");
  private static final List<String> QUEUES = List.of("x", "y");

  /** What is true of a node and of what its exporter said. */
  private record NodeFacts(
      String name, boolean exists, boolean hasGpus, boolean isAway, boolean leaseIsFresh) {}

  /** What is true of a pod; tasks by queue, as sent. */
  private record PodFacts(
      ClusterSnapshot.Pod pod, boolean exists, boolean session, Map<String, SampleValue> tasks) {}

  private record Facts(World world, List<NodeFacts> nodes, List<PodFacts> pods) {}

  /** A condition in both forms. */
  private record Condition(String workload, String queue, String node) {

    String text() {
      List<String> parts = new ArrayList<>();
      if (!workload.isEmpty()) {
        parts.add("workload=" + workload);
      }
      if (!queue.isEmpty()) {
        parts.add("queue=" + queue);
      }
      if (!node.isEmpty()) {
        parts.add("node=" + node);
      }
      return String.join(",", parts);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {World.PER_NODE, "gpu_tasks_active"})
  void external_randomClusters_sumIsTheOraclesOrNone(String metric) {
    long seed = Long.getLong("oracle.seed", 20260501L);
    int served = 0;
    int refused = 0;
    for (int i = 0; i < CLUSTERS; i++) {
      var random = new SplittableRandom(seed + i);
      Facts facts = randomFacts(random);
      var condition =
          new Condition(
              random.nextInt(2) == 0 ? "" : pick(random, WORKLOADS),
              random.nextInt(3) > 0 ? "" : pick(random, QUEUES),
              random.nextInt(3) > 0 ? "" : "gpu-" + random.nextInt(4));
      Optional<Double> truth = oracle(facts, condition);

      QueryResult<ExternalItem> answer = facts.world().external("ns", metric, condition.text());

      String label = "seed " + (seed + i) + " " + condition + " ";
      Supplier<String> what = () -> label + facts;
      switch (answer) {
        case QueryResult.Items<ExternalItem>(List<ExternalItem> items) -> {
          served++;
          assertThat(truth).as(what).hasValue(World.sum(answer));
          assertThat(items).as(what).doesNotHaveDuplicates();
          assertThat(items.stream().map(ExternalItem::labels).distinct()).hasSize(items.size());
        }
        case QueryResult.Failed<ExternalItem>(QueryFailure failure) -> {
          refused++;
          assertThat(truth).as(() -> what.get() + failure).isEmpty();
        }
      }
    }
    assertThat(served).as("the generator finds both").isGreaterThan(CLUSTERS / 10);
    assertThat(refused).as("the generator finds both").isGreaterThan(CLUSTERS / 10);
  }

  @Test
  void custom_randomClusters_deploymentIsTheSumOfItsPodsOrNone() {
    long seed = Long.getLong("oracle.seed", 7L);
    for (int i = 0; i < CLUSTERS; i++) {
      var random = new SplittableRandom(seed + i);
      Facts facts = randomFacts(random);
      String workload = pick(random, WORKLOADS);
      facts.world().deployment("ns", workload);
      Optional<Double> truth = oracle(facts, new Condition(workload, "", ""));

      var answer = facts.world().custom("ns", World.DEPLOYMENTS, workload, "gpu_tasks_active");

      String label = "seed " + (seed + i) + " ";
      Supplier<String> what = () -> label + facts;
      if (truth.isPresent()) {
        assertThat(World.items(answer)).as(what).hasSize(1);
        assertThat(World.items(answer).getFirst().value()).as(what).isEqualTo(truth.get());
      } else {
        assertThat(World.failure(answer)).as(what).isInstanceOf(QueryFailure.Unavailable.class);
      }
    }
  }

  /** The sum by the rules of the design, one at a time, or empty when it must not be served. */
  private static Optional<Double> oracle(Facts facts, Condition condition) {
    double sum = 0;
    for (NodeFacts node : facts.nodes()) {
      boolean selected = condition.node().isEmpty() || condition.node().equals(node.name());
      boolean expected = node.exists() && node.hasGpus() && !node.isAway();
      boolean forAll = condition.workload().isEmpty();
      if (selected && expected && forAll && !node.leaseIsFresh()) {
        return Optional.empty();
      }
    }
    for (PodFacts each : facts.pods()) {
      ClusterSnapshot.Pod pod = each.pod();
      NodeFacts node =
          facts.nodes().stream()
              .filter(it -> it.name().equals(pod.node()))
              .findFirst()
              .orElseThrow();
      boolean selected =
          each.exists()
              && pod.namespace().equals("ns")
              && (condition.workload().isEmpty() || condition.workload().equals(pod.workload()))
              && (condition.node().isEmpty() || condition.node().equals(pod.node()));
      if (!selected || !node.exists() || node.isAway()) {
        continue;
      }
      boolean mustTell = pod.isReady() && pod.runsTasks();
      boolean hasTold = each.session();
      if ((mustTell || hasTold) && !node.leaseIsFresh()) {
        return Optional.empty();
      }
      if (mustTell && !hasTold) {
        return Optional.empty();
      }
      if (!hasTold) {
        continue;
      }
      for (Map.Entry<String, SampleValue> task : each.tasks().entrySet()) {
        if (condition.queue().isEmpty() || condition.queue().equals(task.getKey())) {
          if (task.getValue() instanceof SampleValue.Known(double value, Exactness exactness)
              && exactness != Exactness.LOWER_BOUND) {
            sum += value;
          } else {
            return Optional.empty();
          }
        }
      }
    }
    return Optional.of(sum);
  }

  private static Facts randomFacts(SplittableRandom random) {
    var world = new World();
    List<NodeFacts> nodes = new ArrayList<>();
    List<PodFacts> pods = new ArrayList<>();
    int size = 1 + random.nextInt(4);
    for (int i = 0; i < size; i++) {
      boolean isAway = random.nextInt(8) == 0;
      var facts =
          new NodeFacts(
              "gpu-" + i,
              random.nextInt(10) > 0,
              random.nextInt(6) > 0,
              isAway,
              random.nextInt(7) > 0);
      nodes.add(facts);
      if (facts.exists()) {
        Optional<Instant> away = isAway ? Optional.of(Instant.EPOCH) : Optional.empty();
        world.node(new ClusterSnapshot.Node(facts.name(), Map.of(), facts.hasGpus(), away));
      }
    }
    // What is not fresh was told long ago.
    for (NodeFacts node : nodes) {
      if (!node.leaseIsFresh()) {
        tell(world, node, random, pods);
      }
    }
    world.pass(Duration.ofMinutes(1));
    for (NodeFacts node : nodes) {
      if (node.leaseIsFresh()) {
        tell(world, node, random, pods);
      }
    }
    return new Facts(world, nodes, pods);
  }

  private static void tell(
      World world, NodeFacts node, SplittableRandom random, List<PodFacts> pods) {
    World.Exporter exporter = world.exporter(node.name());
    int size = random.nextInt(4);
    for (int i = 0; i < size; i++) {
      var pod =
          new ClusterSnapshot.Pod(
              pick(random, NAMESPACES),
              node.name() + "-" + i,
              Map.of(),
              node.name(),
              random.nextInt(4) > 0,
              true,
              random.nextInt(6) > 0,
              pick(random, WORKLOADS),
              "Deployment");
      boolean exists = random.nextInt(8) > 0;
      boolean session = random.nextInt(8) > 0;
      var facts = new PodFacts(pod, exists, session, session ? tasks(random) : Map.of());
      pods.add(facts);
      if (exists) {
        world.pod(pod);
      }
      if (session) {
        exporter.session(pod.namespace(), pod.name(), 0);
        facts
            .tasks()
            .forEach((queue, value) -> exporter.tasks(pod.namespace(), pod.name(), queue, value));
      }
    }
    exporter.push();
  }

  private static Map<String, SampleValue> tasks(SplittableRandom random) {
    var tasks = new TreeMap<String, SampleValue>();
    for (String queue : QUEUES) {
      switch (random.nextInt(12)) {
        case 0 -> tasks.put(queue, SampleValue.unknown(UnknownReason.INVALID));
        case 1 -> tasks.put(queue, new SampleValue.Known(3, Exactness.LOWER_BOUND));
        case 2, 3, 4 -> {}
        default -> tasks.put(queue, SampleValue.exact(random.nextInt(9)));
      }
    }
    return tasks;
  }

  private static String pick(SplittableRandom random, List<String> from) {
    return from.get(random.nextInt(from.size()));
  }
}
