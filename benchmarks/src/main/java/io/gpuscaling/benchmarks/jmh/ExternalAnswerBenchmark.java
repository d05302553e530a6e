package io.gpuscaling.benchmarks.jmh;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.ExternalQuery;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.adapter.api.QueryResult;
import io.gpuscaling.adapter.api.json.Answer;
import io.gpuscaling.adapter.api.json.ValueLists;
import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.Grants;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.adapter.metrics.ServedMetricsSettings;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorUpdate;
import io.gpuscaling.adapter.store.ContributorUpdate.NewSeries;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.metric.Sources;
import io.gpuscaling.core.metric.StalenessLimits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Answers an external metric in process, from the question to the bytes of the body: selector,
 * snapshot, completeness, sum, JSON. No transport, no authentication. The cluster has 3 nodes and
 * 12 worker pods. The aim is 20 µs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(2)
public class ExternalAnswerBenchmark {

  private static final int NODES = 3;
  private static final int PODS_OF_NODE = 4;
  private static final String NAMESPACE = "ai-workers";
  private static final String WORKLOAD = "inference-worker";
  private static final String RABBITMQ = Sources.RABBITMQ_PREFIX + "default";
  private static final Instant NOW = Instant.parse("2026-05-01T00:00:00Z");
  private static final StoredSample READY =
      new StoredSample(
          Labels.of("broker", "default", "queue", "n8n.ai.generation.queue", "vhost", "default"),
          SampleValue.exact(120),
          RABBITMQ,
          0);

  private final ServedMetrics metrics = served();

  /** Makes sure that what is measured is not a refusal. */
  @Setup
  public void check() {
    tasksOfWorkload();
    queueDepth();
  }

  /** Tasks on each node, of one workload: what a worker's HPA asks. */
  @Benchmark
  public Answer tasksOfWorkload() {
    return answer("active_gpu_processing_tasks_per_worker_node", "workload=" + WORKLOAD);
  }

  /** Messages in one queue. */
  @Benchmark
  public Answer queueDepth() {
    return answer("rabbitmq_queue_messages_ready", "queue=n8n.ai.generation.queue");
  }

  private Answer answer(String metric, String selector) {
    var query = new ExternalQuery(NAMESPACE, metric, parse(selector));
    return switch (metrics.external(query)) {
      case QueryResult.Items<ExternalItem>(List<ExternalItem> items) ->
          ValueLists.external(query, items, NOW, false);
      case QueryResult.Failed<ExternalItem>(QueryFailure failure) ->
          throw new IllegalStateException("failed: " + failure);
    };
  }

  private static LabelSelector parse(String text) {
    return switch (LabelSelector.parse(text)) {
      case LabelSelector.Parsed.Valid(LabelSelector selector) -> selector;
      case LabelSelector.Parsed.Invalid(String message) -> throw new IllegalStateException(message);
    };
  }

  private static ServedMetrics served() {
    var store = new SampleStore(() -> 0, Duration.ofDays(1));
    Map<String, ClusterSnapshot.Node> nodes = new HashMap<>();
    Map<String, ClusterSnapshot.Pod> pods = new HashMap<>();
    for (int node = 0; node < NODES; node++) {
      String name = "gpu-" + node;
      nodes.put(name, new ClusterSnapshot.Node(name, Map.of(), true, Optional.empty()));
      List<NewSeries> series = new ArrayList<>();
      for (int i = 0; i < PODS_OF_NODE; i++) {
        String pod = WORKLOAD + "-" + node + "-" + i;
        pods.put(pod, worker(pod, name));
        series.addAll(seriesOf(pod, name, series.size()));
      }
      report(store, new Contributor.Node(name), series, Sources.LEASE);
    }
    String queueMetric = ServedMetric.RABBITMQ_QUEUE_MESSAGES_READY.metricName();
    report(
        store,
        new Contributor.QueueReader("reader"),
        List.of(new NewSeries(1, queueMetric, READY)),
        RABBITMQ);
    var cluster =
        new ClusterSnapshot(true, true, nodes, Map.of(NAMESPACE, Map.copyOf(pods)), Map.of());
    var everyQueue =
        new Grants.QueuePattern(
            new Grants.Glob("*"), new Grants.Glob("*"), new Grants.Glob("n8n.ai.*"));
    var grant = new Grants.Grant(List.of(NAMESPACE), List.of(everyQueue), false);
    var settings =
        new ServedMetricsSettings(
            StalenessLimits.DEFAULTS, new Grants(List.of(grant)), Duration.ofMinutes(5));
    return new ServedMetrics(store, () -> cluster, settings, () -> 0, () -> NOW);
  }

  private static ClusterSnapshot.Pod worker(String name, String node) {
    return new ClusterSnapshot.Pod(
        NAMESPACE, name, Map.of("app", WORKLOAD), node, true, true, true, WORKLOAD, "Deployment");
  }

  private static List<NewSeries> seriesOf(String pod, String node, int before) {
    Labels labels = Labels.of("namespace", NAMESPACE, "node", node, "pod", pod);
    Labels tasks = labels.with("queue", "n8n.ai.generation.queue").with("class", "sample");
    var running = new StoredSample(tasks, SampleValue.exact(2), Sources.LEASE, 0);
    var busy = new StoredSample(labels, SampleValue.exact(1), Sources.LEASE, 0);
    return List.of(
        new NewSeries(before + 1, ServedMetric.GPU_TASKS_ACTIVE.metricName(), running),
        new NewSeries(before + 2, ServedMetric.GPU_WORKERS_BUSY.metricName(), busy));
  }

  private static void report(
      SampleStore store, Contributor contributor, List<NewSeries> series, String source) {
    var sources = Map.of(source, new SourceView(true, 0, null));
    store.open(contributor).apply(new ContributorUpdate.Full("boot", series, sources));
  }
}
