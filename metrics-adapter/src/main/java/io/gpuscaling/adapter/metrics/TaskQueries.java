package io.gpuscaling.adapter.metrics;

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
import java.util.SortedSet;
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

  private static final String NO_SESSION = "no live task session";

  private final SampleReader reader;
  private final ClusterSnapshot cluster;
  private final ExpectedNodes nodes;

  TaskQueries(SampleReader reader, ClusterSnapshot cluster, ExpectedNodes nodes) {
    this.reader = reader;
    this.cluster = cluster;
    this.nodes = nodes;
  }

  /** A pod by its name, as samples call it. */
  private record PodId(String namespace, String name) {}

  /** The selected series of a namespace's pods. */
  Gathered gather(ServedMetric metric, String namespace, TaskScope scope) {
    List<Pod> pods = cluster.podsOf(namespace).stream().filter(scope::includes).toList();
    return gather(metric, namespace, scope, expectedNodes(scope, pods), pods);
  }

  /** The selected series of some nodes, of pods of all namespaces. */
  Gathered ofNodes(ServedMetric metric, LabelSelector selector, SortedSet<String> expected) {
    TaskScope scope = new TaskScope(_ -> true, false, selector);
    List<Pod> pods = new ArrayList<>();
    for (Map<String, Pod> each : cluster.pods().values()) {
      for (Pod pod : each.values()) {
        if (expected.contains(pod.node()) && scope.includes(pod)) {
          pods.add(pod);
        }
      }
    }
    return gather(metric, "", scope, expected, pods);
  }

  /** The selected series of one pod; its own node and session are all that must have told. */
  Gathered ofPod(ServedMetric metric, LabelSelector selector, Pod pod) {
    ContributorSnapshot contributor = reader.node(pod.node());
    Optional<String> problem = reader.problem(contributor, Sources.LEASE);
    if (contributor == null || problem.isPresent()) {
      return new Gathered.Incomplete(problem.orElse(""));
    }
    TaskScope scope = new TaskScope(pod::equals, true, selector);
    var told = new Told(metric, pod.namespace(), scope);
    told.read(contributor);
    return told.problem(idOf(pod))
        .<Gathered>map(Gathered.Incomplete::new)
        .orElseGet(() -> new Gathered.Complete(told.rows, new TreeSet<>(List.of(pod.node()))));
  }

  private Gathered gather(
      ServedMetric metric,
      String namespace,
      TaskScope scope,
      SortedSet<String> expected,
      List<Pod> pods) {
    Missing silentNodes = new Missing();
    var told = new Told(metric, namespace, scope);
    for (String node : expected) {
      ContributorSnapshot contributor = reader.node(node);
      Optional<String> problem = reader.problem(contributor, Sources.LEASE);
      problem.ifPresent(why -> silentNodes.add(node, why));
      if (contributor != null && problem.isEmpty()) {
        told.read(contributor);
      }
    }
    return silentNodes
        .sentence(expected.size(), "nodes")
        .or(() -> told.silentPods(pods))
        .<Gathered>map(Gathered.Incomplete::new)
        .orElseGet(() -> new Gathered.Complete(told.rows, expected));
  }

  /**
   * The nodes that must have told: all with GPUs unless the scope is about some pods, those with a
   * worker of the scope, and those whose exporter has told of a pod of the scope before and may
   * only be late.
   */
  private SortedSet<String> expectedNodes(TaskScope scope, Collection<Pod> pods) {
    boolean narrow = scope.isForSomePods() || ExpectedNodes.isAbout(scope.selector(), POD_LABELS);
    SortedSet<String> expected =
        narrow && cluster.arePodsKnown() ? new TreeSet<>() : nodes.withGpus(scope.selector());
    for (Pod pod : pods) {
      if (isWorker(pod) || (nodes.isPresent(pod.node()) && hasBeenToldOf(pod))) {
        expected.add(pod.node());
      }
    }
    return expected;
  }

  /** Whether a pod must have a session: it can run tasks, and its node is still there. */
  private boolean isWorker(Pod pod) {
    return pod.runsTasks() && pod.isReady() && nodes.isPresent(pod.node());
  }

  private boolean hasBeenToldOf(Pod pod) {
    ContributorSnapshot contributor = reader.node(pod.node());
    return contributor != null
        && contributor.samplesOf(ServedMetric.GPU_WORKERS_BUSY.metricName()).stream()
            .anyMatch(sample -> idOf(sample.labels()).equals(idOf(pod)));
  }

  private static PodId idOf(Pod pod) {
    return new PodId(pod.namespace(), pod.name());
  }

  private static PodId idOf(Labels labels) {
    return new PodId(labels.getOrEmpty("namespace"), labels.getOrEmpty("pod"));
  }

  /**
   * The pod that a series is of; null when it is gone, or runs elsewhere by now. Where pods are not
   * read, one that is made of the labels.
   */
  private @Nullable Pod podOf(StoredSample sample) {
    PodId id = idOf(sample.labels());
    String node = sample.labels().getOrEmpty("node");
    if (!cluster.arePodsKnown()) {
      String workload = sample.labels().getOrEmpty("workload");
      return new Pod(id.namespace(), id.name(), Map.of(), node, true, true, true, workload, "");
    }
    Pod pod = cluster.pod(id.namespace(), id.name());
    return pod != null && pod.node().equals(node) ? pod : null;
  }

  /** What the exporters have told of a scope. */
  private final class Told {
    private final ServedMetric metric;
    private final String namespace;
    private final TaskScope scope;

    private final List<Gathered.Row> rows = new ArrayList<>();

    /** Pods with a live session. */
    private final Set<PodId> sessions = new HashSet<>();

    /** Those of them with a series that cannot be served, and why. */
    private final Map<PodId, String> unread = new HashMap<>();

    /**
     * Nothing yet.
     *
     * @param namespace of the pods; empty for all
     */
    Told(ServedMetric metric, String namespace, TaskScope scope) {
      this.metric = metric;
      this.namespace = namespace;
      this.scope = scope;
    }

    /** Takes in what the exporter of a node says; its lease source is fresh. */
    void read(ContributorSnapshot contributor) {
      for (StoredSample sample :
          contributor.samplesOf(ServedMetric.GPU_WORKERS_BUSY.metricName())) {
        if (podInScope(sample) != null
            && reader.read(contributor, sample) instanceof Reading.Fresh) {
          sessions.add(idOf(sample.labels()));
        }
      }
      for (StoredSample sample : contributor.samplesOf(metric.metricName())) {
        Pod pod = podInScope(sample);
        if (pod != null && scope.selects(sample.labels(), pod)) {
          switch (reader.read(contributor, sample)) {
            case Reading.Fresh(double value, long age) ->
                rows.add(new Gathered.Row(sample.labels(), pod.workload(), value, age));
            case Reading.Missing(String why) -> {
              // A pod without a session is judged by that alone.
              if (sessions.contains(idOf(pod))) {
                unread.put(idOf(pod), why);
              }
            }
          }
        }
      }
    }

    private @Nullable Pod podInScope(StoredSample sample) {
      if (!namespace.isEmpty() && !namespace.equals(sample.labels().get("namespace"))) {
        return null;
      }
      Pod pod = podOf(sample);
      return pod != null && scope.includes(pod) ? pod : null;
    }

    /** Why a pod's tasks are not known, or empty when they are. */
    Optional<String> problem(PodId pod) {
      return sessions.contains(pod)
          ? Optional.ofNullable(unread.get(pod))
          : Optional.of(NO_SESSION);
    }

    /** A sentence about the pods of the scope that have not told, or empty when all have. */
    Optional<String> silentPods(List<Pod> pods) {
      Missing missing = new Missing();
      int withoutSession = 0;
      for (Pod pod : pods) {
        PodId id = idOf(pod);
        if (isWorker(pod) && !sessions.contains(id)) {
          withoutSession++;
          missing.add(nameOf(id), NO_SESSION);
        }
      }
      unread.forEach((id, why) -> missing.add(nameOf(id), why));
      return missing.sentence(sessions.size() + withoutSession, "worker pods");
    }

    private String nameOf(PodId pod) {
      return namespace.isEmpty() ? pod.namespace() + "/" + pod.name() : pod.name();
    }
  }
}
