package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the series of tasks. They are whole when the lease source of every expected node is fresh
 * and every worker pod of the scope has a live session: a pod without one may run tasks that nobody
 * has told of. Pure.
 */
final class TaskQueries {

  /** Labels that say which pod; a condition on one of them narrows the scope. */
  private static final Set<String> POD_LABELS = Set.of("namespace", "workload", "pod");

  private static final Set<String> PLACE_LABELS = Set.of("namespace", "workload", "pod", "node");

  private final SampleReader reader;
  private final ClusterSnapshot cluster;
  private final ExpectedNodes nodes;

  TaskQueries(SampleReader reader, ClusterSnapshot cluster, ExpectedNodes nodes) {
    this.reader = reader;
    this.cluster = cluster;
    this.nodes = nodes;
  }

  /** The selected series of a namespace's pods, or of all pods when the namespace is empty. */
  Gathered gather(ServedMetric metric, String namespace, TaskScope scope) {
    Set<String> expected = expectedNodes(namespace, scope);
    Set<Pod> told = new HashSet<>();
    List<Gathered.Row> rows = new ArrayList<>();
    Missing silentNodes = new Missing();
    for (String node : expected) {
      ContributorSnapshot contributor = reader.node(node);
      Optional<String> problem = reader.problem(contributor, Sources.LEASE);
      if (contributor == null || problem.isPresent()) {
        silentNodes.add(node, problem.orElse("no exporter has reported"));
      } else {
        told.addAll(podsWithSession(contributor));
        rows.addAll(rows(metric, contributor, namespace, scope));
      }
    }
    Missing silentPods = new Missing();
    Collection<Pod> workers = workers(namespace, scope);
    for (Pod pod : workers) {
      if (!told.contains(pod)) {
        silentPods.add(pod.name(), "no live task session");
      }
    }
    return silentNodes
        .failure(expected.size(), "nodes")
        .or(() -> silentPods.failure(workers.size(), "worker pods"))
        .<Gathered>map(Gathered.Incomplete::new)
        .orElseGet(() -> new Gathered.Complete(rows));
  }

  /** The selected series of one pod; its own node and session are all that must have told. */
  Gathered ofPod(ServedMetric metric, Pod pod, LabelSelector selector) {
    ContributorSnapshot contributor = reader.node(pod.node());
    Optional<String> problem = reader.problem(contributor, Sources.LEASE);
    if (contributor == null || problem.isPresent()) {
      return unavailable(problem.orElse("no exporter has reported"));
    }
    if (!podsWithSession(contributor).contains(pod)) {
      return unavailable("no live task session");
    }
    return new Gathered.Complete(
        rows(metric, contributor, pod.namespace(), new TaskScope(pod::equals, true, selector)));
  }

  private static Gathered unavailable(String sentence) {
    return new Gathered.Incomplete(new QueryFailure.Unavailable(sentence));
  }

  /**
   * The nodes that must have told: all with GPUs unless the scope is about some pods, those with a
   * worker of the scope, and those whose exporter has told of the scope before and may only be
   * late.
   */
  Set<String> expectedNodes(String namespace, TaskScope scope) {
    Set<String> expected = new TreeSet<>();
    boolean narrow = scope.isForSomePods() || ExpectedNodes.isAbout(scope.selector(), POD_LABELS);
    if (!narrow || !cluster.arePodsKnown()) {
      expected.addAll(nodes.withGpus(scope.selector()));
    }
    for (Pod pod : workers(namespace, scope)) {
      if (nodes.isPresent(pod.node())) {
        expected.add(pod.node());
      }
    }
    for (String node : cluster.nodes().keySet()) {
      ContributorSnapshot contributor = reader.node(node);
      if (contributor != null
          && !expected.contains(node)
          && nodes.isPresent(node)
          && !selected(ServedMetric.GPU_WORKERS_BUSY, contributor, namespace, scope).isEmpty()) {
        expected.add(node);
      }
    }
    return expected;
  }

  /** Pods of the scope whose worker must have a session. */
  private Collection<Pod> workers(String namespace, TaskScope scope) {
    List<Pod> workers = new ArrayList<>();
    Collection<String> namespaces =
        namespace.isEmpty() ? cluster.pods().keySet() : List.of(namespace);
    for (String each : namespaces) {
      for (Pod pod : cluster.podsOf(each)) {
        if (pod.runsTasks()
            && pod.isReady()
            && scope.pods().test(pod)
            && isAt(scope.selector(), pod)) {
          workers.add(pod);
        }
      }
    }
    return workers;
  }

  private static boolean isAt(LabelSelector selector, Pod pod) {
    return ExpectedNodes.matchesOnly(
        selector,
        PLACE_LABELS,
        Labels.of(
            "namespace",
            pod.namespace(),
            "workload",
            pod.workload(),
            "pod",
            pod.name(),
            "node",
            pod.node()));
  }

  private Set<Pod> podsWithSession(ContributorSnapshot contributor) {
    Set<Pod> pods = new HashSet<>();
    for (StoredSample sample : contributor.samplesOf(ServedMetric.GPU_WORKERS_BUSY.metricName())) {
      Pod pod = pod(sample.labels());
      if (pod != null && reader.read(contributor, sample) instanceof Reading.Fresh) {
        pods.add(pod);
      }
    }
    return pods;
  }

  private List<Gathered.Row> rows(
      ServedMetric metric, ContributorSnapshot contributor, String namespace, TaskScope scope) {
    List<Gathered.Row> rows = new ArrayList<>();
    selected(metric, contributor, namespace, scope)
        .forEach((labels, sample) -> {
          if (reader.read(contributor, sample) instanceof Reading.Fresh(double value, long age)) {
            rows.add(new Gathered.Row(labels, value, age));
          }
        });
    return rows;
  }

  /** The series of the scope with the label {@code workload}, fresh or not. */
  private Map<Labels, StoredSample> selected(
      ServedMetric metric, ContributorSnapshot contributor, String namespace, TaskScope scope) {
    Map<Labels, StoredSample> selected = new HashMap<>();
    for (StoredSample sample : contributor.samplesOf(metric.metricName())) {
      if (!namespace.isEmpty() && !namespace.equals(sample.labels().get("namespace"))) {
        continue;
      }
      Pod pod = pod(sample.labels());
      if (pod != null && scope.pods().test(pod)) {
        Labels labels =
            pod.workload().isEmpty()
                ? sample.labels()
                : sample.labels().with("workload", pod.workload());
        if (scope.selector().matches(labels)) {
          selected.put(labels, sample);
        }
      }
    }
    return selected;
  }

  /**
   * The pod that a series is of; null when it is gone, or runs elsewhere by now. Where pods are not
   * read, one that is made of the labels.
   */
  private @Nullable Pod pod(Labels labels) {
    String namespace = labels.getOrEmpty("namespace");
    String name = labels.getOrEmpty("pod");
    String node = labels.getOrEmpty("node");
    if (!cluster.arePodsKnown()) {
      return new Pod(namespace, name, Map.of(), node, true, true, true, "", "");
    }
    Pod pod = cluster.pod(namespace, name);
    return pod != null && pod.node().equals(node) ? pod : null;
  }
}
