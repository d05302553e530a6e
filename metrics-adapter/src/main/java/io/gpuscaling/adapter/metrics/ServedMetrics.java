package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.Contributions;
import io.gpuscaling.adapter.api.CustomItem;
import io.gpuscaling.adapter.api.CustomQuery;
import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.GroupResource;
import io.gpuscaling.adapter.api.MetricCatalogue;
import io.gpuscaling.adapter.api.MetricsQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of {@link ServedMetric} on both APIs. Each call takes one snapshot of the store and
 * one of the cluster, and decides on them alone. Safe for use by any thread.
 */
public final class ServedMetrics implements MetricsQuery {

  private static final MetricCatalogue CATALOGUE = catalogueOfAll();

  private final SampleStore store;
  private final ClusterView cluster;
  private final ServedMetricsSettings settings;
  private final Ticker ticker;
  private final InstantSource clock;
  private final QueueQueries queues;
  private final DesiredReplicas policies;
  private final boolean isForPolicies;
  private final AnnouncedWorkloads announced;

  /** Serves what a store and a cluster hold; no scaling policies. */
  public ServedMetrics(
      SampleStore store,
      ClusterView cluster,
      ServedMetricsSettings settings,
      Ticker ticker,
      InstantSource clock) {
    this(store, cluster, settings, ticker, clock, DesiredReplicas.SWITCHED_OFF);
  }

  /**
   * Serves what a store and a cluster hold.
   *
   * @param policies what scaling policies have decided
   */
  public ServedMetrics(
      SampleStore store,
      ClusterView cluster,
      ServedMetricsSettings settings,
      Ticker ticker,
      InstantSource clock,
      DesiredReplicas policies) {
    this(store, cluster, settings, ticker, clock, policies, null);
  }

  private ServedMetrics(
      SampleStore store,
      ClusterView cluster,
      ServedMetricsSettings settings,
      Ticker ticker,
      InstantSource clock,
      DesiredReplicas policies,
      @Nullable AnnouncedWorkloads announced) {
    this.policies = policies;
    this.isForPolicies = announced != null;
    this.announced = announced == null ? new AnnouncedWorkloads() : announced;
    this.store = store;
    this.cluster = cluster;
    this.settings = settings;
    this.ticker = ticker;
    this.clock = clock;
    this.queues = new QueueQueries(settings.grants());
  }

  /**
   * The same at one instant, for who can tell a lower bound of an external metric from a value. The
   * ages in its answers are all as of that instant.
   */
  public ServedMetrics forPolicies(long nowNanos) {
    return new ServedMetrics(
        store, cluster, settings, () -> nowNanos, clock, DesiredReplicas.SWITCHED_OFF, announced);
  }

  /**
   * Whether the pods of a workload announce their tasks, or may do so when who would tell of it is
   * silent.
   */
  public boolean mayAnnounceTasks(WorkloadKind kind, String namespace, String name) {
    ClusterSnapshot objects = cluster.snapshot();
    return !objects.isSynced()
        || objects
            .workload(kind, namespace, name)
            .map(it -> tasks(reader(), objects, RollCall.NONE).mayAnnounce(it))
            .orElse(true);
  }

  /**
   * How many GPUs a node reports, and how many of them are not fit for work; empty while nobody
   * says so freshly.
   */
  public Optional<GpuFitness> gpuFitness(String node) {
    return new DeviceQueries(reader(), expected(cluster.snapshot()), RollCall.NONE)
                .ofNodes(
                    ServedMetric.GPU_HEALTHY,
                    LabelSelector.EVERYTHING,
                    new TreeSet<>(List.of(node)))
            instanceof Gathered.Complete(var rows, _)
        ? Optional.of(
            new GpuFitness(
                rows.size(), (int) rows.stream().filter(row -> row.value() == 0).count()))
        : Optional.empty();
  }

  /**
   * The GPUs of a node.
   *
   * @param reported those that it reports
   * @param unfit those of them that are lost or not fit for work
   */
  public record GpuFitness(int reported, int unfit) {}

  /** How a metric is gathered. */
  enum Family {
    TASKS,
    DEVICES,
    QUEUES,
    POLICIES;

    static Family of(ServedMetric metric) {
      return switch (metric) {
        case ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE,
            GPU_TASKS_ACTIVE,
            GPU_WORKERS_BUSY,
            GPU_TASK_DURATION_SECONDS,
            GPU_TASK_WAIT_SECONDS ->
            TASKS;
        case GPU_VRAM_USED_BYTES,
            GPU_VRAM_FREE_BYTES,
            GPU_VRAM_TOTAL_BYTES,
            GPU_VRAM_USED_RATIO,
            GPU_UTILIZATION_RATIO,
            GPU_TEMPERATURE_CELSIUS,
            GPU_POWER_WATTS,
            GPU_COUNT,
            GPU_HEALTHY,
            GPU_VRAM_FIT_REPLICAS ->
            DEVICES;
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
            QUEUES;
        case SCALING_POLICY_DESIRED_REPLICAS -> POLICIES;
      };
    }
  }

  @Override
  public QueryResult<ExternalItem> external(ExternalQuery query) {
    return external(query, RollCall.NONE);
  }

  @Override
  public Contributions contributors(ExternalQuery query) {
    var roll = new RollCall();
    return roll.of(external(query, roll));
  }

  private QueryResult<ExternalItem> external(ExternalQuery query, RollCall roll) {
    Optional<ServedMetric> metric = ServedMetric.byName(query.metric());
    if (metric.isEmpty()) {
      return new QueryResult.Failed<>(new QueryFailure.UnknownMetric());
    }
    SampleReader reader = reader();
    return switch (Family.of(metric.get())) {
      case QUEUES -> queues.external(metric.get(), query, reader, roll);
      case POLICIES -> policies.external(query);
      case TASKS -> externalTasks(metric.get(), query, reader, roll);
      case DEVICES -> externalDevices(metric.get(), query, reader, roll);
    };
  }

  private QueryResult<ExternalItem> externalTasks(
      ServedMetric metric, ExternalQuery query, SampleReader reader, RollCall roll) {
    ClusterSnapshot objects = cluster.snapshot();
    if (!objects.isSynced()) {
      return notRead();
    }
    TaskQueries tasks = tasks(reader, objects, roll);
    TaskScope scope = new TaskScope(_ -> true, false, query.metricSelector());
    if (TaskTimeQueries.isTime(metric)) {
      return new TaskTimeQueries(tasks).answer(metric, query.namespace(), scope);
    }
    boolean perNode = metric == ServedMetric.ACTIVE_GPU_PROCESSING_TASKS_PER_WORKER_NODE;
    Gathered gathered =
        tasks.gather(perNode ? ServedMetric.GPU_TASKS_ACTIVE : metric, query.namespace(), scope);
    return switch (gathered) {
      case Gathered.Incomplete(String sentence) -> unavailable(sentence);
      case Gathered.Complete(List<Gathered.Row> rows, SortedSet<String> nodes) ->
          perNode ? byNode(query, rows, nodes, reader) : items(metric, rows);
    };
  }

  private QueryResult<ExternalItem> externalDevices(
      ServedMetric metric, ExternalQuery query, SampleReader reader, RollCall roll) {
    if (!settings.grants().nodes(query.namespace())) {
      return new QueryResult.Failed<>(Grants.nodesNotGranted(query.namespace()));
    }
    ClusterSnapshot objects = cluster.snapshot();
    if (!objects.isSynced()) {
      return notRead();
    }
    return switch (new DeviceQueries(reader, expected(objects), roll)
        .gather(metric, query.metricSelector())) {
      case Gathered.Incomplete(String sentence) -> unavailable(sentence);
      case Gathered.Complete(List<Gathered.Row> rows, _) -> items(metric, rows);
    };
  }

  /** One item for each node; one without tasks has zero, for its exporter has said so. */
  private static QueryResult<ExternalItem> byNode(
      ExternalQuery query, List<Gathered.Row> rows, SortedSet<String> nodes, SampleReader reader) {
    if (!query.metricSelector().requirements().isEmpty()) {
      // Without a selector nobody means one of them alone.
      Optional<QueryFailure> collision = Collisions.amongRows(ServedMetric.GPU_TASKS_ACTIVE, rows);
      if (collision.isPresent()) {
        return new QueryResult.Failed<>(collision.get());
      }
    }
    Map<String, Sum> sums = new TreeMap<>();
    for (String node : nodes) {
      sums.put(node, new Sum(reader.sourceAgeNanos(node, Sources.LEASE)));
    }
    for (Gathered.Row row : rows) {
      sums.computeIfAbsent(row.node(), _ -> new Sum(0)).add(row);
    }
    List<ExternalItem> items = new ArrayList<>(sums.size());
    sums.forEach((node, sum) ->
        items.add(new ExternalItem(Labels.of("node", node), sum.value(), sum.age())));
    return new QueryResult.Items<>(items);
  }

  private static QueryResult<ExternalItem> items(ServedMetric metric, List<Gathered.Row> rows) {
    if (!metric.isAdditive() && rows.size() > 1) {
      return new QueryResult.Failed<>(ObjectQueries.notAdditive(metric, rows));
    }
    List<ExternalItem> items =
        rows.stream()
            .map(row ->
                new ExternalItem(
                    row.labels(), row.value(), Duration.ofNanos(row.ageNanos()), row.exactness()))
            .sorted(Comparator.comparing(ExternalItem::labels, LabelOrder.INSTANCE))
            .toList();
    return Collisions.among(metric, items)
        .<QueryResult<ExternalItem>>map(QueryResult.Failed::new)
        .orElseGet(() -> new QueryResult.Items<>(items));
  }

  @Override
  public QueryResult<CustomItem> custom(CustomQuery query) {
    return custom(query, RollCall.NONE);
  }

  @Override
  public Contributions contributors(CustomQuery query) {
    var roll = new RollCall();
    return roll.of(custom(query, roll));
  }

  private QueryResult<CustomItem> custom(CustomQuery query, RollCall roll) {
    Optional<ServedMetric> metric = ServedMetric.byName(query.metric());
    if (metric.isEmpty()) {
      return new QueryResult.Failed<>(new QueryFailure.UnknownMetric());
    }
    if (Family.of(metric.get()) == Family.POLICIES) {
      return policies.custom(query);
    }
    ClusterSnapshot objects = cluster.snapshot();
    if (!objects.isSynced()) {
      return notRead();
    }
    SampleReader reader = reader();
    return new ObjectQueries(
            objects,
            expected(objects),
            reader,
            tasks(reader, objects, roll),
            settings.grants(),
            roll)
        .answer(metric.get(), query);
  }

  ClusterSnapshot objects() {
    return cluster.snapshot();
  }

  Instant now() {
    return clock.instant();
  }

  TaskQueries tasks(SampleReader reader, ClusterSnapshot objects, RollCall roll) {
    return new TaskQueries(
        reader,
        objects,
        expected(objects),
        new BrokerTasks(reader, objects, settings.grants(), settings.areBrokersBelieved()),
        announced,
        roll);
  }

  SampleReader reader() {
    return new SampleReader(store.snapshot(), settings.limits(), ticker.nanos(), isForPolicies);
  }

  ExpectedNodes expected(ClusterSnapshot objects) {
    return new ExpectedNodes(objects, clock.instant(), settings.notReadyTimeout());
  }

  private static <T> QueryResult<T> notRead() {
    return unavailable("the adapter has not read the cluster's nodes and pods yet");
  }

  private static <T> QueryResult<T> unavailable(String sentence) {
    return new QueryResult.Failed<>(new QueryFailure.Unavailable(sentence));
  }

  @Override
  public MetricCatalogue catalogue() {
    return CATALOGUE;
  }

  private static MetricCatalogue catalogueOfAll() {
    List<String> external = new ArrayList<>();
    List<MetricCatalogue.CustomMetric> custom = new ArrayList<>();
    for (ServedMetric metric : ServedMetric.values()) {
      external.add(metric.metricName());
      for (GroupResource resource : ObjectQueries.resourcesOf(metric)) {
        custom.add(
            new MetricCatalogue.CustomMetric(
                resource, !resource.equals(ObjectQueries.NODES), metric.metricName()));
      }
    }
    return new MetricCatalogue(external, custom);
  }
}
