package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.Contribution.Kind;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.store.ContributorSnapshot;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.TimeBuckets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the series of tasks. They are whole when the lease source of every expected node is fresh
 * and every worker pod of the scope has a live session: a pod without one may run tasks that nobody
 * has told of. Until a workload's first session a broker's word counts for its pods; it is never
 * added to that of a session. For one request on one thread.
 */
final class TaskQueries {

  /** Labels that say which pod; a condition on one of them narrows the scope. */
  private static final Set<String> POD_LABELS = Set.of("namespace", "workload", "pod");

  private static final String NO_SESSION = "no live task session";

  /** In place of a source, where a broker's unacknowledged messages tell of a pod's tasks. */
  private static final String BROKER = "broker";

  private final SampleReader reader;
  private final ClusterSnapshot cluster;
  private final ExpectedNodes nodes;
  private final BrokerTasks brokers;
  private final AnnouncedWorkloads announced;
  private final RollCall roll;

  /** Pods that are only known by series; used where pods are not read. */
  private final Map<Pod, Pod> believed = new HashMap<>();

  TaskQueries(
      SampleReader reader,
      ClusterSnapshot cluster,
      ExpectedNodes nodes,
      BrokerTasks brokers,
      AnnouncedWorkloads announced,
      RollCall roll) {
    this.roll = roll;
    this.brokers = brokers;
    this.announced = announced;
    this.reader = reader;
    this.cluster = cluster;
    this.nodes = nodes;
  }

  /** The selected series of a namespace's pods. */
  Gathered gather(ServedMetric metric, String namespace, TaskScope scope) {
    List<Pod> pods = new ArrayList<>();
    for (Pod pod : scope.candidates(cluster, namespace)) {
      if (scope.includes(pod)) {
        pods.add(pod);
      }
    }
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
    TaskScope scope = new TaskScope(it -> it.name().equals(pod.name()), true, selector);
    var told = new Told(metric, pod.namespace(), scope);
    told.read(contributor);
    told.askBrokers(List.of(pod));
    return told.problem(pod)
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
      problem.ifPresent(why -> {
        silentNodes.add(node, why);
        roll.absent(Kind.NODE, node, Sources.LEASE, why);
      });
      if (contributor != null && problem.isEmpty()) {
        told.read(contributor);
      }
    }
    told.askBrokers(pods);
    if (roll.isTaken()) {
      told.call(expected, pods);
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

  /**
   * The pods that must have a session, and which of them have one.
   *
   * @param workers all of them
   * @param byBroker those that have none, of whose tasks a broker tells meanwhile
   * @param without those that have none, and of whose tasks nobody tells
   * @param unheard those on nodes whose exporter does not tell
   */
  record Sessions(List<Pod> workers, List<Pod> byBroker, List<Pod> without, List<Pod> unheard) {}

  /** The sessions of all namespaces. */
  Sessions sessions() {
    List<Pod> workers = new ArrayList<>();
    for (Map<String, Pod> each : cluster.pods().values()) {
      each.values().stream().filter(this::isWorker).forEach(workers::add);
    }
    var told =
        new Told(
            ServedMetric.GPU_WORKERS_BUSY,
            "",
            new TaskScope(_ -> true, false, LabelSelector.EVERYTHING));
    Set<String> heard = new HashSet<>();
    for (Pod pod : workers) {
      ContributorSnapshot contributor = reader.node(pod.node());
      if (contributor != null
          && reader.problem(contributor, Sources.LEASE).isEmpty()
          && heard.add(pod.node())) {
        told.read(contributor);
      }
    }
    Set<Pod> own = Collections.newSetFromMap(new IdentityHashMap<>());
    own.addAll(told.sessions);
    told.askBrokers(workers);
    var sessions = new Sessions(workers, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Pod pod : workers) {
      if (!heard.contains(pod.node())) {
        sessions.unheard().add(pod);
      } else if (!told.sessions.contains(pod)) {
        sessions.without().add(pod);
      } else if (!own.contains(pod)) {
        sessions.byBroker().add(pod);
      }
    }
    return sessions;
  }

  /**
   * Whether somebody tells of a workload's tasks, or may do so and is silent now: a pod has a
   * session, or has had one; the exporter of its node cannot say; or a broker has told of it, until
   * its first session.
   */
  boolean mayAnnounce(ClusterSnapshot.Workload workload) {
    for (Pod pod : cluster.podsOf(workload.namespace())) {
      if (workload.owns(pod)
          && (hasBeenToldOf(pod)
              || (isWorker(pod)
                  && (announced.hasBeenToldOf(pod)
                      || reader.problem(reader.node(pod.node()), Sources.LEASE).isPresent())))) {
        return true;
      }
    }
    return false;
  }

  private boolean hasBeenToldOf(Pod pod) {
    ContributorSnapshot contributor = reader.node(pod.node());
    return contributor != null
        && contributor.samplesOf(ServedMetric.GPU_WORKERS_BUSY.metricName()).stream()
            .anyMatch(sample ->
                pod.name().equals(sample.labels().get("pod"))
                    && pod.namespace().equals(sample.labels().get("namespace")));
  }

  /**
   * The pod that a series of a node is of; null when it is gone, or runs elsewhere by now. Where
   * pods are not read, one that is made of the labels. The same instance for the same pod.
   */
  private @Nullable Pod podOf(Labels labels, String node) {
    String namespace = labels.getOrEmpty("namespace");
    String name = labels.getOrEmpty("pod");
    if (!cluster.arePodsKnown()) {
      String workload = labels.getOrEmpty("workload");
      var told = new Pod(namespace, name, Map.of(), node, true, true, true, workload, "");
      return believed.computeIfAbsent(told, pod -> pod);
    }
    Pod pod = cluster.pod(namespace, name);
    return pod != null && pod.node().equals(node) ? pod : null;
  }

  /** The name of the series that a metric is made of. */
  private static String seriesOf(ServedMetric metric) {
    if (metric == ServedMetric.GPU_TASK_DURATION_SECONDS) {
      return TimeBuckets.DURATION_COUNTS;
    }
    return metric == ServedMetric.GPU_TASK_WAIT_SECONDS
        ? TimeBuckets.WAIT_COUNTS
        : metric.metricName();
  }

  /** What the exporters have told of a scope. */
  private final class Told {
    private final ServedMetric metric;
    private final String namespace;
    private final TaskScope scope;

    private final List<Gathered.Row> rows = new ArrayList<>();

    /** Pods with a live session; by identity, since there may be many. */
    private final Set<Pod> sessions = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Those of them of which a broker tells. */
    private final Set<Pod> byBroker = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Those of them with a series that cannot be served, and why. */
    private final IdentityHashMap<Pod, String> unread = new IdentityHashMap<>();

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
      String node = contributor.contributor().name();
      for (StoredSample sample :
          contributor.samplesOf(ServedMetric.GPU_WORKERS_BUSY.metricName())) {
        Pod pod = podInScope(sample, node);
        if (pod != null && reader.read(contributor, sample) instanceof Reading.Fresh) {
          sessions.add(pod);
          announced.note(pod);
        }
      }
      for (StoredSample sample : contributor.samplesOf(seriesOf(metric))) {
        Pod pod = podInScope(sample, node);
        if (pod != null && scope.selects(sample.selectable(), pod)) {
          switch (reader.read(contributor, sample)) {
            case Reading.Fresh(double value, long age, var exactness) ->
                rows.add(
                    new Gathered.Row(sample.selectable(), pod.workload(), value, age, exactness));
            case Reading.Missing(String why) -> {
              // A pod without a session is judged by that alone.
              if (sessions.contains(pod)) {
                unread.put(pod, why);
              }
            }
          }
        }
      }
    }

    /** Takes in what brokers say of pods whose workload has never had a session. */
    void askBrokers(List<Pod> pods) {
      if (!cluster.arePodsKnown() || !brokers.canTell(metric, scope.selector())) {
        return;
      }
      List<Pod> silent =
          pods.stream()
              .filter(pod ->
                  pod.runsTasks()
                      && !sessions.contains(pod)
                      && nodes.isPresent(pod.node())
                      && !hasAnnounced(pod))
              .toList();
      brokers
          .of(silent)
          .forEach((pod, tasks) -> {
            sessions.add(pod);
            announced.noteByBroker(pod);
            byBroker.add(pod);
            boolean isBusy = metric == ServedMetric.GPU_WORKERS_BUSY;
            rows.add(
                new Gathered.Row(
                    Labels.of("namespace", pod.namespace(), "node", pod.node(), "pod", pod.name()),
                    pod.workload(),
                    isBusy ? Math.min(tasks.value(), 1) : tasks.value(),
                    tasks.ageNanos(),
                    tasks.exactness()));
          });
    }

    /** Whether a pod of the same workload has a session, or has had one. */
    private boolean hasAnnounced(Pod pod) {
      return announced.has(pod)
          || hasBeenToldOf(pod)
          || (!pod.workload().isEmpty()
              && cluster.podsOf(pod.namespace(), pod.workload()).stream()
                  .anyMatch(TaskQueries.this::hasBeenToldOf));
    }

    private @Nullable Pod podInScope(StoredSample sample, String node) {
      if (!namespace.isEmpty() && !namespace.equals(sample.labels().get("namespace"))) {
        return null;
      }
      Pod pod = podOf(sample.labels(), node);
      return pod != null && scope.includes(pod) ? pod : null;
    }

    /** Why a pod's tasks are not known, or empty when they are. */
    Optional<String> problem(Pod pod) {
      return sessions.contains(pod)
          ? Optional.ofNullable(unread.get(pod))
          : Optional.of(NO_SESSION);
    }

    /** Says who of the nodes and pods has contributed what. */
    void call(SortedSet<String> expected, List<Pod> pods) {
      Map<String, Sum> ofPods = new HashMap<>();
      Map<String, Sum> ofNodes = new HashMap<>();
      for (Gathered.Row row : rows) {
        String name = row.own().getOrEmpty("namespace") + "/" + row.own().getOrEmpty("pod");
        ofPods.computeIfAbsent(name, _ -> new Sum(0)).add(row);
        ofNodes.computeIfAbsent(row.node(), _ -> new Sum(0)).add(row);
      }
      Set<String> notWhole = new TreeSet<>();
      for (Pod pod : pods) {
        boolean hasTold = sessions.contains(pod);
        String why = hasTold ? unread.get(pod) : NO_SESSION;
        if (why == null) {
          call(pod, ofPods.getOrDefault(pod.namespace() + "/" + pod.name(), new Sum(0)));
        } else if (hasTold || isWorker(pod)) {
          roll.absent(Kind.POD, nameOf(pod), Sources.LEASE, why);
          notWhole.add(pod.node());
        }
      }
      for (String node : expected) {
        if (reader.problem(reader.node(node), Sources.LEASE).isEmpty()) {
          // What a node has told of is not all of it while one of its workers is silent.
          roll.given(
              Kind.NODE,
              node,
              Sources.LEASE,
              reader.sourceAgeNanos(node, Sources.LEASE),
              notWhole.contains(node)
                  ? OptionalDouble.empty()
                  : part(ofNodes.getOrDefault(node, new Sum(0))));
        }
      }
    }

    /** Pods of all namespaces are not listed where nodes are asked for. */
    private void call(Pod pod, Sum sum) {
      if (namespace.isEmpty()) {
        return;
      }
      boolean isByBroker = byBroker.contains(pod);
      long age =
          isByBroker ? sum.age().toNanos() : reader.sourceAgeNanos(pod.node(), Sources.LEASE);
      roll.given(Kind.POD, pod.name(), isByBroker ? BROKER : Sources.LEASE, age, part(sum));
    }

    /** Counts of buckets say nothing. */
    private OptionalDouble part(Sum sum) {
      return TaskTimeQueries.isTime(metric)
          ? OptionalDouble.empty()
          : OptionalDouble.of(sum.value());
    }

    /** A sentence about the pods of the scope that have not told, or empty when all have. */
    Optional<String> silentPods(List<Pod> pods) {
      Missing missing = new Missing();
      int withoutSession = 0;
      for (Pod pod : pods) {
        if (isWorker(pod) && !sessions.contains(pod)) {
          withoutSession++;
          missing.add(nameOf(pod), NO_SESSION);
        }
      }
      unread.forEach((pod, why) -> missing.add(nameOf(pod), why));
      return missing.sentence(sessions.size() + withoutSession, "worker pods");
    }

    private String nameOf(Pod pod) {
      return namespace.isEmpty() ? pod.namespace() + "/" + pod.name() : pod.name();
    }
  }
}
