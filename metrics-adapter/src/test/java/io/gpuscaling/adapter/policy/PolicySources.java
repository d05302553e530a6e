package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorUpdate;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A queue reader and the exporter of the node {@code gpu-1}, which say what a test wants. */
final class PolicySources {

  /** What is in the queue {@code jobs}; nothing is known of it while this is empty. */
  Optional<SampleValue> queue = Optional.empty();

  /** Workers of {@code gpu-1} with a session: 1 while they run a task, else 0. */
  final Map<String, Integer> busy = new TreeMap<>();

  /** What the exporter of {@code gpu-1} says of GPUs, by labels and metric. */
  final Map<Labels, Map<String, Integer>> gpus = new HashMap<>();

  private final SampleStore.Writer reader;
  private final SampleStore.Writer node;

  PolicySources(SampleStore store) {
    reader = store.open(new Contributor.QueueReader("reader"));
    node = store.open(new Contributor.Node("gpu-1"));
  }

  /** All of it is observed. */
  void observe(long nanos) {
    List<NewSeries> ofNode = new ArrayList<>();
    busy.forEach((pod, tasks) ->
        ofNode.add(
            series(
                ofNode.size() + 1,
                "gpu_workers_busy",
                Labels.of(
                    "namespace",
                    PolicyWorld.NAMESPACE,
                    "node",
                    "gpu-1",
                    "pod",
                    pod,
                    "workload",
                    "worker"),
                tasks,
                "lease",
                nanos)));
    gpus.forEach((labels, values) ->
        values.forEach((metric, value) ->
            ofNode.add(series(ofNode.size() + 1, metric, labels, value, "dcgm", nanos))));
    var seen = new SourceView(true, nanos, null);
    if (!ofNode.isEmpty()) {
      var _ =
          node.apply(
              new ContributorUpdate.Full("boot", ofNode, Map.of("lease", seen, "dcgm", seen)));
    }
    if (queue.isPresent()) {
      Labels labels = Labels.of("broker", "default", "vhost", "default", "queue", "jobs");
      var sample = new StoredSample(labels, queue.get(), "rabbitmq/default", nanos);
      var _ =
          reader.apply(
              new ContributorUpdate.Full(
                  "boot",
                  List.of(new NewSeries(1, "rabbitmq_queue_messages_ready", sample)),
                  Map.of("rabbitmq/default", seen)));
    }
  }

  private static NewSeries series(
      int id, String metric, Labels labels, int value, String source, long nanos) {
    return new NewSeries(
        id, metric, new StoredSample(labels, SampleValue.exact(value), source, nanos));
  }
}
