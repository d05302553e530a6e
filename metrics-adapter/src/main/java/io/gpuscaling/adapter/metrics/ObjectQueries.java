package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.DescribedObject;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Custom metrics: one value for each pod, workload or node that a query describes. Pure. */
final class ObjectQueries {

  static final GroupResource PODS = new GroupResource("", "pods");
  static final GroupResource NODES = new GroupResource("", "nodes");

  private final ClusterSnapshot cluster;
  private final TaskQueries tasks;
  private final DeviceQueries devices;
  private final Grants grants;

  ObjectQueries(ClusterSnapshot cluster, TaskQueries tasks, DeviceQueries devices, Grants grants) {
    this.cluster = cluster;
    this.tasks = tasks;
    this.devices = devices;
    this.grants = grants;
  }

  /** What kinds of objects a metric describes. */
  static List<GroupResource> resourcesOf(ServedMetric metric) {
    return switch (metric) {
      case ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE ->
          List.of(NODES, deployments(), statefulSets(), services());
      case GPU_TASKS_ACTIVE, GPU_WORKERS_BUSY ->
          List.of(PODS, deployments(), statefulSets(), services());
      case GPU_VRAM_USED_BYTES, GPU_VRAM_FREE_BYTES, GPU_VRAM_TOTAL_BYTES -> List.of(NODES, PODS);
      case GPU_VRAM_USED_RATIO,
          GPU_UTILIZATION_RATIO,
          GPU_TEMPERATURE_CELSIUS,
          GPU_POWER_WATTS,
          GPU_COUNT ->
          List.of(NODES);
      case RABBITMQ_QUEUE_MESSAGES_READY, RABBITMQ_QUEUE_CONSUMERS -> List.of();
    };
  }

  private static GroupResource deployments() {
    return WorkloadKind.DEPLOYMENT.resource();
  }

  private static GroupResource statefulSets() {
    return WorkloadKind.STATEFUL_SET.resource();
  }

  private static GroupResource services() {
    return WorkloadKind.SERVICE.resource();
  }

  QueryResult<CustomItem> answer(ServedMetric metric, CustomQuery query) {
    if (!resourcesOf(metric).contains(query.resource())) {
      return new QueryResult.Failed<>(new QueryFailure.UnknownMetric());
    }
    if (query.resource().equals(PODS)) {
      return pods(metric, query);
    }
    if (query.resource().equals(NODES)) {
      return nodes(metric, query);
    }
    return WorkloadKind.of(query.resource())
        .map(kind -> workloads(metric, kind, query))
        .orElseGet(() -> new QueryResult.Failed<>(new QueryFailure.UnknownMetric()));
  }

  private QueryResult<CustomItem> pods(ServedMetric metric, CustomQuery query) {
    if (!cluster.arePodsKnown()) {
      return new QueryResult.Failed<>(
          new QueryFailure.Unavailable(
              "pods are not read here: the adapter runs without a cluster"));
    }
    List<Pod> selected = new ArrayList<>();
    for (Pod pod : cluster.podsOf(query.namespace())) {
      if ((query.isForAll() || pod.name().equals(query.name()))
          && query.objectSelector().matches(pod.labels())) {
        selected.add(pod);
      }
    }
    if (selected.isEmpty()) {
      return nothingSelected(query);
    }
    selected.sort(Comparator.comparing(Pod::name));
    List<CustomItem> items = new ArrayList<>();
    Missing missing = new Missing();
    for (Pod pod : selected) {
      // Each pod for itself: the HPA accounts for the pods that a list leaves out.
      switch (podRows(metric, query, pod)) {
        case Gathered.Incomplete(QueryFailure failure) ->
            missing.add(pod.name(), sentence(failure));
        case Gathered.Complete(List<Gathered.Row> rows) when rows.isEmpty() ->
            missing.add(pod.name(), "it has no " + metric.metricName());
        case Gathered.Complete(List<Gathered.Row> rows) ->
            items.add(
                item(new DescribedObject("v1", "Pod", pod.namespace(), pod.name()), sum(rows)));
      }
    }
    return items.isEmpty()
        ? missing
            .failure(selected.size(), "pods")
            .<QueryResult<CustomItem>>map(QueryResult.Failed::new)
            .orElseGet(() -> new QueryResult.Items<>(items))
        : new QueryResult.Items<>(items);
  }

  private Gathered podRows(ServedMetric metric, CustomQuery query, Pod pod) {
    return switch (ServedMetrics.Family.of(metric)) {
      case TASKS ->
          tasks.gather(
              metric,
              pod.namespace(),
              new TaskScope(it -> it.equals(pod), true, query.metricSelector()));
      case DEVICES, QUEUES -> {
        if (pod.node().isEmpty()) {
          yield new Gathered.Complete(List.of());
        }
        Gathered all = devices.gather(metric, query.metricSelector(), Set.of(pod.node()));
        yield switch (all) {
          case Gathered.Incomplete incomplete -> incomplete;
          case Gathered.Complete(List<Gathered.Row> rows) ->
              new Gathered.Complete(rows.stream().filter(row -> isOf(row.labels(), pod)).toList());
        };
      }
    };
  }

  private static boolean isOf(Labels labels, Pod pod) {
    return pod.name().equals(labels.get("pod")) && pod.namespace().equals(labels.get("namespace"));
  }

  private QueryResult<CustomItem> nodes(ServedMetric metric, CustomQuery query) {
    if (!query.namespace().isEmpty() && !grants.nodes(query.namespace())) {
      return new QueryResult.Failed<>(
          new QueryFailure.NotGranted(
              "namespace "
                  + query.namespace()
                  + " is not granted the series of nodes (configuration key grants, nodes: true)"));
    }
    List<String> selected = new ArrayList<>();
    for (ClusterSnapshot.Node node : cluster.nodes().values()) {
      if ((query.isForAll() || node.name().equals(query.name()))
          && (node.hasGpus() || !query.isForAll())
          && query.objectSelector().matches(node.labels())) {
        selected.add(node.name());
      }
    }
    if (selected.isEmpty()) {
      return nothingSelected(query);
    }
    selected.sort(Comparator.naturalOrder());
    List<CustomItem> items = new ArrayList<>();
    Missing missing = new Missing();
    for (String node : selected) {
      switch (nodeRows(metric, query.metricSelector(), node)) {
        case Gathered.Incomplete(QueryFailure failure) -> missing.add(node, sentence(failure));
        case Gathered.Complete(List<Gathered.Row> rows)
            when !metric.isAdditive() && rows.size() > 1 -> {
          return new QueryResult.Failed<>(notAdditive(metric, rows));
        }
        case Gathered.Complete(List<Gathered.Row> rows)
            when rows.isEmpty()
                && metric != ServedMetric.ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE ->
            missing.add(node, "it has no such " + metric.metricName());
        case Gathered.Complete(List<Gathered.Row> rows) ->
            items.add(item(new DescribedObject("v1", "Node", "", node), sum(rows)));
      }
    }
    return missing
        .failure(selected.size(), "nodes")
        .<QueryResult<CustomItem>>map(QueryResult.Failed::new)
        .orElseGet(() -> new QueryResult.Items<>(items));
  }

  private Gathered nodeRows(ServedMetric metric, LabelSelector selector, String node) {
    return switch (ServedMetrics.Family.of(metric)) {
      case TASKS ->
          tasks.gather(
              ServedMetric.GPU_TASKS_ACTIVE,
              "",
              new TaskScope(pod -> pod.node().equals(node), true, selector));
      case DEVICES, QUEUES -> devices.gather(metric, selector, Set.of(node));
    };
  }

  private QueryResult<CustomItem> workloads(
      ServedMetric metric, WorkloadKind kind, CustomQuery query) {
    List<Workload> selected = new ArrayList<>();
    for (Workload workload : cluster.workloads().getOrDefault(query.namespace(), List.of())) {
      if (workload.kind() == kind
          && (query.isForAll() || workload.name().equals(query.name()))
          && query.objectSelector().matches(workload.labels())) {
        selected.add(workload);
      }
    }
    if (selected.isEmpty()) {
      return nothingSelected(query);
    }
    selected.sort(Comparator.comparing(Workload::name));
    List<CustomItem> items = new ArrayList<>();
    for (Workload workload : selected) {
      boolean perNode = metric == ServedMetric.ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE;
      var scope = new TaskScope(workload::owns, true, query.metricSelector());
      Gathered gathered =
          tasks.gather(
              perNode ? ServedMetric.GPU_TASKS_ACTIVE : metric, workload.namespace(), scope);
      switch (gathered) {
        case Gathered.Incomplete(QueryFailure failure) -> {
          return new QueryResult.Failed<>(failure);
        }
        case Gathered.Complete(List<Gathered.Row> rows) -> {
          int nodes = perNode ? nodesOf(workload) : 1;
          if (nodes == 0) {
            return new QueryResult.Failed<>(
                new QueryFailure.Unavailable(
                    workload.name() + " has no pod on a node: tasks per node mean nothing"));
          }
          Sum sum = sum(rows);
          items.add(
              new CustomItem(
                  new DescribedObject(
                      kind.apiVersion(), kind.kind(), workload.namespace(), workload.name()),
                  sum.value() / nodes,
                  sum.age()));
        }
      }
    }
    return new QueryResult.Items<>(items);
  }

  /** On how many nodes at least one pod of the workload runs. */
  private int nodesOf(Workload workload) {
    Set<String> nodes = new HashSet<>();
    for (Pod pod : cluster.podsOf(workload.namespace())) {
      if (workload.owns(pod) && !pod.node().isEmpty()) {
        nodes.add(pod.node());
      }
    }
    return nodes.size();
  }

  private static QueryResult<CustomItem> nothingSelected(CustomQuery query) {
    return query.isForAll()
        ? new QueryResult.Items<>(List.of())
        : new QueryResult.Failed<>(new QueryFailure.NoSuchObject());
  }

  /** Names the labels in which the values differ: one of them is missing in the selector. */
  static QueryFailure notAdditive(ServedMetric metric, List<Gathered.Row> rows) {
    Optional<String> differing =
        metric.labels().stream()
            .filter(label ->
                rows.stream().map(row -> row.labels().getOrEmpty(label)).distinct().count() > 1)
            .findFirst();
    return new QueryFailure.Ambiguous(
        metric.metricName()
            + " does not add up and "
            + rows.size()
            + " series match; select one"
            + differing.map(label -> " by the label " + label).orElse(""));
  }

  private static Sum sum(List<Gathered.Row> rows) {
    Sum sum = new Sum();
    rows.forEach(sum::add);
    return sum;
  }

  private static CustomItem item(DescribedObject object, Sum sum) {
    return new CustomItem(object, sum.value(), sum.age());
  }

  private static String sentence(QueryFailure failure) {
    return switch (failure) {
      case QueryFailure.Unavailable(String sentence) -> sentence;
      case QueryFailure.NotGranted(String sentence) -> sentence;
      case QueryFailure.Ambiguous(String sentence) -> sentence;
      case QueryFailure.UnknownMetric() -> "unknown metric";
      case QueryFailure.NoSuchObject() -> "no such object";
    };
  }
}
