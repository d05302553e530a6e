package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.Contribution.Kind;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Gathers the series of GPUs: of every expected node, or nothing. Pure. */
final class DeviceQueries {

  private final SampleReader reader;
  private final ExpectedNodes nodes;
  private final RollCall roll;

  DeviceQueries(SampleReader reader, ExpectedNodes nodes, RollCall roll) {
    this.reader = reader;
    this.nodes = nodes;
    this.roll = roll;
  }

  /** The selected series of all nodes with GPUs. */
  Gathered gather(ServedMetric metric, LabelSelector selector) {
    return ofNodes(metric, selector, nodes.withGpus(selector));
  }

  /** The selected series of some nodes. */
  Gathered ofNodes(ServedMetric metric, LabelSelector selector, SortedSet<String> expected) {
    Missing missing = new Missing();
    List<Gathered.Row> rows = new ArrayList<>();
    for (String node : expected) {
      int before = rows.size();
      Optional<String> problem = read(metric, node, selector::matches, rows);
      problem.ifPresent(why -> missing.add(node, why));
      if (roll.isTaken()) {
        called(metric, node, problem, rows.subList(before, rows.size()));
      }
    }
    return missing
        .sentence(expected.size(), "nodes")
        .<Gathered>map(Gathered.Incomplete::new)
        .orElseGet(() -> new Gathered.Complete(rows, expected));
  }

  private void called(
      ServedMetric metric, String node, Optional<String> problem, List<Gathered.Row> rows) {
    String source = sourceOf(reader.node(node));
    if (problem.isPresent()) {
      roll.absent(Kind.NODE, node, source, problem.get());
      return;
    }
    boolean isOne = !rows.isEmpty() && (metric.isAdditive() || rows.size() == 1);
    roll.given(
        Kind.NODE,
        node,
        source,
        reader.sourceAgeNanos(node, source),
        isOne ? OptionalDouble.of(Sum.of(rows).value()) : OptionalDouble.empty());
  }

  /**
   * The selected series that are attributed to a pod; those of others on its node do not matter.
   */
  Gathered ofPod(ServedMetric metric, LabelSelector selector, Pod pod) {
    List<Gathered.Row> rows = new ArrayList<>();
    return read(metric, pod.node(), labels -> isOf(labels, pod) && selector.matches(labels), rows)
        .<Gathered>map(Gathered.Incomplete::new)
        .orElseGet(() -> new Gathered.Complete(rows, new TreeSet<>(List.of(pod.node()))));
  }

  private static boolean isOf(Labels labels, Pod pod) {
    return pod.name().equals(labels.get("pod")) && pod.namespace().equals(labels.get("namespace"));
  }

  /** Who tells of a node's GPUs: NVML where its exporter reads no dcgm-exporter. */
  private static String sourceOf(@Nullable ContributorSnapshot contributor) {
    boolean nvmlAlone =
        contributor != null
            && contributor.sources().containsKey(Sources.NVML)
            && !contributor.sources().containsKey(Sources.DCGM);
    return nvmlAlone ? Sources.NVML : Sources.DCGM;
  }

  /** Adds the wanted rows of a node, or says why that is not possible. */
  private Optional<String> read(
      ServedMetric metric, String node, Predicate<Labels> wanted, List<Gathered.Row> rows) {
    ContributorSnapshot contributor = reader.node(node);
    Optional<String> problem = reader.problem(contributor, sourceOf(contributor));
    if (contributor == null || problem.isPresent()) {
      return problem;
    }
    List<StoredSample> samples = contributor.samplesOf(metric.metricName());
    if (samples.isEmpty()) {
      return Optional.of("it does not report " + metric.metricName());
    }
    for (StoredSample sample : samples) {
      if (!wanted.test(sample.selectable())) {
        continue;
      }
      switch (reader.read(contributor, sample)) {
        case Reading.Fresh(double value, long age, var exactness) ->
            rows.add(new Gathered.Row(sample.selectable(), "", value, age, exactness));
        case Reading.Missing(String why) -> {
          return Optional.of("GPU " + sample.labels().getOrEmpty("gpu") + ": " + why);
        }
      }
    }
    return Optional.empty();
  }
}
