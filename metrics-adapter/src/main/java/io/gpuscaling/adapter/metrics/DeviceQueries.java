package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Gathers the series of GPUs: of every expected node, or nothing. Pure. */
final class DeviceQueries {

  private final SampleReader reader;
  private final ExpectedNodes nodes;

  DeviceQueries(SampleReader reader, ExpectedNodes nodes) {
    this.reader = reader;
    this.nodes = nodes;
  }

  /** The selected series of all nodes with GPUs. */
  Gathered gather(ServedMetric metric, LabelSelector selector) {
    return gather(metric, selector, nodes.withGpus(selector));
  }

  /** The selected series of some nodes. */
  Gathered gather(ServedMetric metric, LabelSelector selector, Set<String> expected) {
    Missing missing = new Missing();
    List<Gathered.Row> rows = new ArrayList<>();
    for (String node : expected) {
      ContributorSnapshot contributor = reader.node(node);
      Optional<String> problem = reader.problem(contributor, Sources.DCGM);
      if (contributor == null || problem.isPresent()) {
        missing.add(node, problem.orElse("no exporter has reported"));
        continue;
      }
      read(metric, selector, node, contributor, rows, missing);
    }
    return missing
        .failure(expected.size(), "nodes")
        .<Gathered>map(Gathered.Incomplete::new)
        .orElseGet(() -> new Gathered.Complete(rows));
  }

  private void read(
      ServedMetric metric,
      LabelSelector selector,
      String node,
      ContributorSnapshot contributor,
      List<Gathered.Row> rows,
      Missing missing) {
    List<StoredSample> samples = contributor.samplesOf(metric.metricName());
    if (samples.isEmpty()) {
      missing.add(node, "it does not report " + metric.metricName());
      return;
    }
    for (StoredSample sample : samples) {
      if (!selector.matches(sample.labels())) {
        continue;
      }
      switch (reader.read(contributor, sample)) {
        case Reading.Fresh(double value, long age) ->
            rows.add(new Gathered.Row(sample.labels(), value, age));
        case Reading.Missing(String why) -> {
          missing.add(node, "GPU " + sample.labels().getOrEmpty("gpu") + ": " + why);
          return; // one reason for each node: the sentence counts nodes
        }
      }
    }
  }
}
