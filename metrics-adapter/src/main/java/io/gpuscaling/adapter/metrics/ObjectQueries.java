package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.Contribution.Kind;
import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.DescribedObject;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Custom metrics: one value for each pod, workload or node that a query describes. Pure. */
final class ObjectQueries {

  static final GroupResource PODS = new GroupResource("", "pods");
  static final GroupResource NODES = new GroupResource("", "nodes");

  private final ClusterSnapshot cluster;
  private final ExpectedNodes expected;
  private final TaskQueries tasks;
  private final DeviceQueries devices;
  private final Grants grants;
  private final RollCall roll;

  ObjectQueries(
      ClusterSnapshot cluster,
      ExpectedNodes expected,
      SampleReader reader,
      TaskQueries tasks,
      Grants grants,
      RollCall roll) {
    this.roll = roll;
    this.cluster = cluster;
    this.expected = expected;
    this.tasks = tasks;
    this.devices = new DeviceQueries(reader, expected, roll);
    this.grants = grants;
  }

  /** What kinds of objects a metric describes. */
  static List<GroupResource> resourcesOf(ServedMetric metric) {
    return switch (metric) {
      case ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE ->
          List.of(NODES, deployments(), statefulSets(), services());
      case GPU_TASKS_ACTIVE, GPU_WORKERS_BUSY ->
          List.of(PODS, deployments(), statefulSets(), services());
      case GPU_TASK_DURATION_SECONDS, GPU_TASK_WAIT_SECONDS ->
          List.of(deployments(), statefulSets(), services());
      case GPU_VRAM_USED_BYTES, GPU_VRAM_FREE_BYTES, GPU_VRAM_TOTAL_BYTES -> List.of(NODES, PODS);
      case GPU_VRAM_USED_RATIO,
          GPU_UTILIZATION_RATIO,
          GPU_TEMPERATURE_CELSIUS,
          GPU_POWER_WATTS,
          GPU_COUNT,
          GPU_HEALTHY,
          GPU_VRAM_FIT_REPLICAS ->
          List.of(NODES);
      case RABBITMQ_QUEUE_MESSAGES_READY,
          RABBITMQ_QUEUE_CONSUMERS,
          RABBITMQ_QUEUE_MESSAGES_UNACKED,
          RABBITMQ_QUEUE_MESSAGES,
          RABBITMQ_QUEUE_OLDEST_MESSAGE_AGE_SECONDS,
          RABBITMQ_QUEUE_PUBLISHED_PER_SECOND,
          RABBITMQ_QUEUE_DELIVERED_PER_SECOND,
          RABBITMQ_QUEUE_ACKNOWLEDGED_PER_SECOND,
          RABBITMQ_QUEUE_DRAIN_SECONDS,
          RABBITMQ_QUEUE_STUCK,
          RABBITMQ_BROKER_ALARMS,
          RABBITMQ_BROKER_BLOCKED_CONNECTIONS,
          RABBITMQ_BROKER_PARTITIONS,
          RABBITMQ_BROKER_NODES_DOWN ->
          List.of();
      case SCALING_POLICY_DESIRED_REPLICAS -> List.of(deployments(), statefulSets());
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
      return unavailable("pods are not read here: the adapter runs without a cluster");
    }
    List<Pod> selected = new ArrayList<>();
    for (Pod pod : cluster.podsOf(query.namespace())) {
      if ((query.isForAll() || pod.name().equals(query.name()))
          && query.objectSelector().matches(pod.labels())
          && TaskScope.isOf(query.metricSelector(), pod)) {
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
      switch (ofPod(metric, query.metricSelector(), pod)) {
        case Gathered.Incomplete(String sentence) -> absent(metric, pod, sentence, missing);
        case Gathered.Complete(List<Gathered.Row> rows, _)
            when rows.isEmpty() && !isZeroWithoutRows(metric, query.metricSelector()) ->
            absent(metric, pod, "it has no such " + metric.metricName(), missing);
        case Gathered.Complete(List<Gathered.Row> rows, _) -> {
          Sum sum = Sum.of(rows);
          items.add(item(new DescribedObject("v1", "Pod", pod.namespace(), pod.name()), sum));
          roll.given(
              Kind.POD,
              pod.name(),
              sourceOf(metric),
              sum.age().toNanos(),
              OptionalDouble.of(sum.value()));
        }
      }
    }
    return items.isEmpty()
        ? missing
            .sentence(selected.size(), "pods")
            .<QueryResult<CustomItem>>map(ObjectQueries::unavailable)
            .orElseGet(() -> new QueryResult.Items<>(items))
        : new QueryResult.Items<>(items);
  }

  private void absent(ServedMetric metric, Pod pod, String why, Missing missing) {
    missing.add(pod.name(), why);
    roll.absent(Kind.POD, pod.name(), sourceOf(metric), why);
  }

  private static String sourceOf(ServedMetric metric) {
    return ServedMetrics.Family.of(metric) == ServedMetrics.Family.TASKS
        ? Sources.LEASE
        : Sources.DCGM;
  }

  private Gathered ofPod(ServedMetric metric, LabelSelector selector, Pod pod) {
    if (pod.node().isEmpty()) {
      return new Gathered.Incomplete("it runs on no node yet");
    }
    return switch (ServedMetrics.Family.of(metric)) {
      case TASKS -> tasks.ofPod(metric, selector, pod);
      case DEVICES, QUEUES, POLICIES -> devices.ofPod(metric, selector, pod);
    };
  }

  /**
   * Whether no series means zero: a worker with a session, and the exporter of a node, tell of all
   * their tasks, so that those of another queue or class are known to be none.
   */
  private static boolean isZeroWithoutRows(ServedMetric metric, LabelSelector selector) {
    return ServedMetrics.Family.of(metric) == ServedMetrics.Family.TASKS
        && selector.requirements().stream()
            .allMatch(it -> ServedMetric.GPU_TASKS_ACTIVE.labels().contains(it.key()));
  }

  private QueryResult<CustomItem> nodes(ServedMetric metric, CustomQuery query) {
    if (!query.namespace().isEmpty() && !grants.nodes(query.namespace())) {
      return new QueryResult.Failed<>(Grants.nodesNotGranted(query.namespace()));
    }
    SortedSet<String> selected = new TreeSet<>();
    for (ClusterSnapshot.Node node : cluster.nodes().values()) {
      if ((query.isForAll() ? expected.isExpected(node) : node.name().equals(query.name()))
          && query.objectSelector().matches(node.labels())
          && ExpectedNodes.matchesNode(query.metricSelector(), node.name())) {
        selected.add(node.name());
      }
    }
    if (selected.isEmpty()) {
      return nothingSelected(query);
    }
    Gathered gathered =
        switch (ServedMetrics.Family.of(metric)) {
          case TASKS ->
              tasks.ofNodes(ServedMetric.GPU_TASKS_ACTIVE, query.metricSelector(), selected);
          case DEVICES, QUEUES, POLICIES ->
              devices.ofNodes(metric, query.metricSelector(), selected);
        };
    return switch (gathered) {
      case Gathered.Incomplete(String sentence) -> unavailable(sentence);
      case Gathered.Complete(List<Gathered.Row> rows, SortedSet<String> nodes) ->
          byNode(metric, query, rows, nodes);
    };
  }

  private static QueryResult<CustomItem> byNode(
      ServedMetric metric, CustomQuery query, List<Gathered.Row> rows, SortedSet<String> nodes) {
    Map<String, List<Gathered.Row>> rowsOfNodes =
        rows.stream().collect(Collectors.groupingBy(Gathered.Row::node));
    List<CustomItem> items = new ArrayList<>();
    for (String node : nodes) {
      List<Gathered.Row> own = rowsOfNodes.getOrDefault(node, List.of());
      if (!metric.isAdditive() && own.size() > 1) {
        return new QueryResult.Failed<>(notAdditive(metric, own));
      }
      if (!own.isEmpty() || isZeroWithoutRows(metric, query.metricSelector())) {
        items.add(item(new DescribedObject("v1", "Node", "", node), Sum.of(own)));
      }
    }
    return items.isEmpty() ? nothingSelected(query) : new QueryResult.Items<>(items);
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
      var scope = new TaskScope(workload::owns, true, query.metricSelector());
      if (TaskTimeQueries.isTime(metric)) {
        switch (new TaskTimeQueries(tasks).answer(metric, workload.namespace(), scope)) {
          case QueryResult.Failed<ExternalItem>(QueryFailure failure) -> {
            return new QueryResult.Failed<>(failure);
          }
          case QueryResult.Items<ExternalItem>(List<ExternalItem> times) ->
              times.forEach(
                  time -> items.add(new CustomItem(described(workload), time.value(), time.age())));
        }
        continue;
      }
      boolean perNode = metric == ServedMetric.ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE;
      Gathered gathered =
          tasks.gather(
              perNode ? ServedMetric.GPU_TASKS_ACTIVE : metric, workload.namespace(), scope);
      switch (gathered) {
        case Gathered.Incomplete(String sentence) -> {
          return unavailable(sentence);
        }
        case Gathered.Complete(List<Gathered.Row> rows, _) -> {
          int nodes = perNode ? nodesOf(workload, query.metricSelector()) : 1;
          if (nodes == 0) {
            return unavailable(
                workload.name() + " has no pod on a node: tasks per node mean nothing");
          }
          Sum sum = Sum.of(rows);
          items.add(new CustomItem(described(workload), sum.value() / nodes, sum.age()));
        }
      }
    }
    return new QueryResult.Items<>(items);
  }

  private static DescribedObject described(Workload workload) {
    return new DescribedObject(
        workload.kind().apiVersion(),
        workload.kind().kind(),
        workload.namespace(),
        workload.name());
  }

  /** On how many of the selected nodes at least one pod of the workload runs. */
  private int nodesOf(Workload workload, LabelSelector selector) {
    Set<String> nodes = new HashSet<>();
    for (Pod pod : cluster.podsOf(workload.namespace())) {
      if (workload.owns(pod)
          && !pod.node().isEmpty()
          && ExpectedNodes.matchesNode(selector, pod.node())) {
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
    return severalSeries(metric, rows.stream().map(Gathered.Row::labels).toList());
  }

  /** A refusal that names the label by which these series differ. */
  static QueryFailure severalSeries(ServedMetric metric, List<Labels> rows) {
    Optional<String> differing =
        metric.labels().stream()
            .filter(label -> rows.stream().map(row -> row.getOrEmpty(label)).distinct().count() > 1)
            .findFirst();
    return new QueryFailure.Ambiguous(
        metric.metricName()
            + " does not add up and "
            + rows.size()
            + " series match; select one"
            + differing.map(label -> " by the label " + label).orElse(""));
  }

  private static CustomItem item(DescribedObject object, Sum sum) {
    return new CustomItem(object, sum.value(), sum.age());
  }

  private static QueryResult<CustomItem> unavailable(String sentence) {
    return new QueryResult.Failed<>(new QueryFailure.Unavailable(sentence));
  }
}
