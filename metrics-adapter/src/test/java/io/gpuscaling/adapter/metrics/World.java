package io.gpuscaling.adapter.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.Grants.Glob;
import io.gpuscaling.adapter.metrics.Grants.Grant;
import io.gpuscaling.adapter.metrics.Grants.QueuePattern;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorUpdate;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceFinding;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.core.metric.UnknownReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A cluster and its exporters, as tests set them up; asks the served metrics and reads answers. */
final class World {

  static final String PER_NODE = "active_gpu_processing_tasks_per_worker_node";
  static final Duration NOT_READY_TIMEOUT = Duration.ofMinutes(5);
  static final GroupResource PODS = new GroupResource("", "pods");
  static final GroupResource NODES = new GroupResource("", "nodes");
  static final GroupResource DEPLOYMENTS = new GroupResource("apps", "deployments");

  private static final Instant WALL = Instant.parse("2026-05-01T00:00:00Z");

  private final AtomicLong nanos = new AtomicLong(Duration.ofDays(1).toNanos());
  private final SampleStore store = new SampleStore(nanos::get, Duration.ofDays(1));
  private final Map<String, Node> nodes = new HashMap<>();
  private final Map<String, Map<String, Pod>> pods = new HashMap<>();
  private final Map<String, List<Workload>> workloads = new HashMap<>();
  private Grants grants = Grants.NONE;
  private boolean synced = true;
  private boolean podsKnown = true;

  // ---- the cluster

  /** A Ready node with GPUs. */
  World node(String name) {
    return node(new Node(name, Map.of("zone", "a"), true, Optional.empty()));
  }

  World node(Node node) {
    nodes.put(node.name(), node);
    return this;
  }

  World notReady(String name, Duration since) {
    return node(new Node(name, Map.of(), true, Optional.of(WALL.minus(since))));
  }

  World deleteNode(String name) {
    nodes.remove(name);
    return this;
  }

  /** A Ready worker of a Deployment. */
  World pod(String namespace, String name, String node, String deployment) {
    return pod(worker(namespace, name, node, deployment));
  }

  World pod(Pod pod) {
    pods.computeIfAbsent(pod.namespace(), _ -> new HashMap<>()).put(pod.name(), pod);
    return this;
  }

  World deletePod(String namespace, String name) {
    pods.getOrDefault(namespace, new HashMap<>()).remove(name);
    return this;
  }

  static Pod worker(String namespace, String name, String node, String deployment) {
    return pod(namespace, name, node, deployment, true, true);
  }

  /** One that is pending or being deleted. */
  static Pod notReady(String namespace, String name, String node, String deployment) {
    return pod(namespace, name, node, deployment, false, true);
  }

  /** One with {@code gpuscaling.io/tasks=none}. */
  static Pod withoutTasks(String namespace, String name, String node, String deployment) {
    return pod(namespace, name, node, deployment, true, false);
  }

  private static Pod pod(
      String namespace,
      String name,
      String node,
      String deployment,
      boolean isReady,
      boolean runsTasks) {
    return new Pod(
        namespace,
        name,
        Map.of("app", deployment, "name", name),
        node,
        isReady,
        true,
        runsTasks,
        deployment,
        deployment.isEmpty() ? "" : "Deployment");
  }

  World deployment(String namespace, String name) {
    return workload(
        new Workload(WorkloadKind.DEPLOYMENT, namespace, name, Map.of("tier", "gpu"), Map.of()));
  }

  World workload(Workload workload) {
    workloads.computeIfAbsent(workload.namespace(), _ -> new ArrayList<>()).add(workload);
    return this;
  }

  World unsynced() {
    synced = false;
    return this;
  }

  World withoutCluster() {
    podsKnown = false;
    return this;
  }

  // ---- grants

  World grantNodes(String namespace) {
    return grant(new Grant(List.of(namespace), List.of(), true));
  }

  World grantQueues(String namespace, String broker, String vhost, String queue) {
    var pattern = new QueuePattern(new Glob(broker), new Glob(vhost), new Glob(queue));
    return grant(new Grant(List.of(namespace), List.of(pattern), false));
  }

  private World grant(Grant grant) {
    List<Grant> all = new ArrayList<>(grants.grants());
    all.add(grant);
    grants = new Grants(all);
    return this;
  }

  // ---- time

  World pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    return this;
  }

  // ---- exporters

  /** The exporter of a node with both sources observed just now. */
  Exporter exporter(String node) {
    return new Exporter(new Contributor.Node(node)).observed("lease").observed("dcgm");
  }

  /** The exporter of a node that reads NVML and no dcgm-exporter, observed just now. */
  Exporter nvmlExporter(String node) {
    return new Exporter(new Contributor.Node(node)).observed("lease").observed("nvml");
  }

  /** A reader of the broker {@code default}, observed just now. */
  Exporter queueReader(String name) {
    return new Exporter(new Contributor.QueueReader(name)).observed("rabbitmq/default");
  }

  /** What one exporter says; {@link #push} sends all of it. */
  final class Exporter {
    private final Contributor contributor;
    private final SampleStore.Writer writer;
    private final List<NewSeries> series = new ArrayList<>();
    private final Map<String, SourceView> sources = new HashMap<>();

    Exporter(Contributor contributor) {
      this.contributor = contributor;
      this.writer = store.open(contributor);
    }

    Exporter observed(String source) {
      sources.put(source, new SourceView(true, nanos.get(), null));
      return this;
    }

    Exporter starting(String source) {
      sources.put(source, SourceView.STARTING);
      return this;
    }

    /** Its last observation stays, its last try has failed. */
    Exporter failing(String source, UnknownReason reason) {
      SourceView last = sources.getOrDefault(source, SourceView.STARTING);
      sources.put(source, new SourceView(last.observed(), last.observedAtNanos(), reason));
      return this;
    }

    /** What a source finds wrong, of the last observation. */
    Exporter found(String source, SourceFinding... findings) {
      SourceView last = sources.getOrDefault(source, SourceView.STARTING);
      sources.put(
          source,
          new SourceView(
              last.observed(), last.observedAtNanos(), last.failure(), List.of(findings)));
      return this;
    }

    /** A worker with a live session that runs some tasks. */
    Exporter session(String namespace, String pod, int tasks) {
      series("gpu_workers_busy", "lease", tasks > 0 ? 1 : 0, "namespace", namespace, "pod", pod);
      return series("gpu_tasks_active", "lease", tasks, "namespace", namespace, "pod", pod);
    }

    /** Some of the tasks of a queue that a pod runs. */
    Exporter tasks(String namespace, String pod, String queue, SampleValue tasks) {
      return series(
          "gpu_tasks_active", "lease", tasks, "namespace", namespace, "pod", pod, "queue", queue);
    }

    Exporter gpu(String metric, String gpu, double value) {
      return series(metric, "dcgm", value, "gpu", gpu, "uuid", "GPU-" + gpu);
    }

    Exporter queue(String queue, SampleValue ready) {
      return queue("rabbitmq_queue_messages_ready", queue, ready);
    }

    Exporter queue(String metric, String queue, SampleValue value) {
      return series(
          metric,
          "rabbitmq/default",
          value,
          "broker",
          "default",
          "vhost",
          "default",
          "queue",
          queue);
    }

    Exporter series(String metric, String source, double value, String... labels) {
      return series(metric, source, SampleValue.exact(value), labels);
    }

    Exporter series(String metric, String source, SampleValue value, String... labels) {
      Labels own = Labels.of(labels);
      Labels all =
          contributor instanceof Contributor.Node(String name) ? own.with("node", name) : own;
      long observedAt = sources.getOrDefault(source, SourceView.STARTING).observedAtNanos();
      series.add(
          new NewSeries(
              series.size() + 1, metric, new StoredSample(all, value, source, observedAt)));
      return this;
    }

    Exporter forgetSeries() {
      series.clear();
      return this;
    }

    World push() {
      assertThat(writer.apply(new ContributorUpdate.Full("boot", List.copyOf(series), sources)))
          .isTrue();
      return World.this;
    }
  }

  // ---- questions

  ServedMetrics metrics() {
    var copies = new HashMap<String, Map<String, Pod>>();
    pods.forEach((namespace, each) -> copies.put(namespace, Map.copyOf(each)));
    var objects =
        new ClusterSnapshot(
            synced, podsKnown, Map.copyOf(nodes), Map.copyOf(copies), Map.copyOf(workloads));
    var settings = new ServedMetricsSettings(StalenessLimits.DEFAULTS, grants, NOT_READY_TIMEOUT);
    return new ServedMetrics(store, () -> objects, settings, nanos::get, () -> WALL);
  }

  QueryResult<ExternalItem> external(String namespace, String metric, String selector) {
    return metrics().external(new ExternalQuery(namespace, metric, selector(selector)));
  }

  QueryResult<CustomItem> custom(
      String namespace, GroupResource resource, String name, String metric) {
    return custom(namespace, resource, name, metric, "", "");
  }

  QueryResult<CustomItem> custom(
      String namespace,
      GroupResource resource,
      String name,
      String metric,
      String objectSelector,
      String metricSelector) {
    return metrics()
        .custom(
            new CustomQuery(
                namespace,
                resource,
                name,
                metric,
                selector(objectSelector),
                selector(metricSelector)));
  }

  static LabelSelector selector(String text) {
    return switch (LabelSelector.parse(text)) {
      case LabelSelector.Parsed.Valid(LabelSelector selector) -> selector;
      case LabelSelector.Parsed.Invalid(String message) -> throw new AssertionError(message);
    };
  }

  // ---- answers

  static <T> List<T> items(QueryResult<T> result) {
    return switch (result) {
      case QueryResult.Items<T>(List<T> items) -> items;
      case QueryResult.Failed<T>(QueryFailure failure) ->
          throw new AssertionError("failed: " + failure);
    };
  }

  static QueryFailure failure(QueryResult<?> result) {
    return switch (result) {
      case QueryResult.Items<?>(List<?> items) -> throw new AssertionError("no failure: " + items);
      case QueryResult.Failed<?>(QueryFailure failure) -> failure;
    };
  }

  /** The sentence of an answer that is not available. */
  static String unavailable(QueryResult<?> result) {
    return failure(result) instanceof QueryFailure.Unavailable(String sentence)
        ? sentence
        : "not unavailable but " + result;
  }

  static double sum(QueryResult<ExternalItem> result) {
    return items(result).stream().mapToDouble(ExternalItem::value).sum();
  }

  /** "name=value" of each item, in the order of the answer. */
  static List<String> named(QueryResult<CustomItem> result) {
    return items(result).stream().map(it -> it.object().name() + "=" + it.value()).toList();
  }
}
