package io.gpuscaling.benchmarks.policies;

import io.gpuscaling.adapter.api.MetricsQuery;
import io.gpuscaling.adapter.api.PolicyQuery;
import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Scale;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.Grants;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.adapter.metrics.ServedMetricsSettings;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.adapter.policy.OutsideSources;
import io.gpuscaling.adapter.policy.PolicyAnswers;
import io.gpuscaling.adapter.policy.PolicyObject;
import io.gpuscaling.adapter.policy.PolicyObjects;
import io.gpuscaling.adapter.policy.RecordedStatus;
import io.gpuscaling.adapter.policy.ScaleReader.Replicas;
import io.gpuscaling.adapter.policy.ScaleToZero;
import io.gpuscaling.adapter.policy.ScalingPolicies;
import io.gpuscaling.adapter.policy.ServedPolicies;
import io.gpuscaling.adapter.policy.StatusStore.Outcome;
import io.gpuscaling.adapter.store.Contributor;
import io.gpuscaling.adapter.store.ContributorUpdate;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.adapter.store.SourceView;
import io.gpuscaling.adapter.store.StoredSample;
import io.gpuscaling.benchmarks.process.Pause;
import io.gpuscaling.benchmarks.process.ProcessUsage;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.policy.spec.PolicyName;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Evaluates many policies once a second, as an adapter does: each with two rules on two of 200
 * queues, in a store that is written once a second too; gates, explanation, the number published
 * four times a second, the status where it changes. No network.
 */
@Command(
    name = "policies",
    description = "CPU of 2,000 policies that are evaluated once a second; about 45 seconds.",
    mixinStandardHelpOptions = true)
public final class PoliciesCommand implements Callable<Integer> {

  private static final Duration WARM_UP = Duration.ofSeconds(15);
  private static final String SOURCE = "rabbitmq/default";
  private static final String READY = "rabbitmq_queue_messages_ready";
  private static final int QUEUES = 200;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--policies", defaultValue = "2000", description = "Default 2000.")
  private int count = 2000;

  @Option(names = "--seconds", defaultValue = "30", description = "Measured time; default 30.")
  private int seconds = 30;

  @Option(
      names = "--namespaces",
      defaultValue = "40",
      description = "Over which they are spread; default 40.")
  private int namespaces = 40;

  @Option(
      names = "--explain-rate",
      defaultValue = "0",
      description = "Explanations that are asked for each second; default 0.")
  private int explainRate;

  @Option(
      names = "--number-rate",
      defaultValue = "0",
      description = "Numbers of targets that are asked for each second; default 0.")
  private int numberRate;

  private final Ticker ticker = Ticker.system();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final Map<PolicyName, PolicyObject> objects = new ConcurrentHashMap<>();
  private final AtomicInteger writes = new AtomicInteger();

  @Override
  public Integer call() throws InterruptedException {
    var store = new SampleStore(ticker, Duration.ofDays(1));
    SampleStore.Writer writer = store.open(new Contributor.QueueReader("reader"));
    ClusterSnapshot cluster = cluster();
    for (int i = 0; i < count; i++) {
      PolicyObject object = policy(i);
      objects.put(object.name(), object);
    }
    var served = new ServedPolicies(ticker);
    var metrics =
        new ServedMetrics(
            store,
            () -> cluster,
            new ServedMetricsSettings(
                StalenessLimits.DEFAULTS,
                new Grants(
                    List.of(
                        new Grants.Grant(
                            List.of("*"),
                            List.of(
                                new Grants.QueuePattern(
                                    new Grants.Glob("*"),
                                    new Grants.Glob("*"),
                                    new Grants.Glob("*"))),
                            false))),
                Duration.ofMinutes(5)),
            ticker,
            InstantSource.system(),
            served);
    try (var policies =
        new ScalingPolicies(
            new ScalingPolicies.Ports(
                () -> new PolicyObjects.Snapshot("", objects, Map.of(), Map.of(), List.of()),
                this::write,
                (_, _) -> new Replicas.Known(2),
                OutsideSources.NONE,
                Optional.empty(),
                Optional.empty(),
                () -> new ScaleToZero.Unknown("there is no cluster"),
                Optional.empty(),
                (_, _, _, _) -> {},
                Leadership.ALONE,
                Duration.ofSeconds(15)),
            () -> cluster,
            metrics,
            served,
            ticker,
            InstantSource.system(),
            registry)) {
      observe(writer);
      policies.start();
      run(writer, WARM_UP);
      return measure(writer, metrics, new PolicyAnswers(served));
    }
  }

  private int measure(SampleStore.Writer writer, MetricsQuery metrics, PolicyQuery policies)
      throws InterruptedException {
    List<PolicyName> names = new ArrayList<>();
    List<String> targets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(new PolicyName(namespace(i), "policy-" + i));
      targets.add("worker-" + i);
    }
    try (var asking =
        Asking.start(
            new Asking.Asked(policies, metrics, names, targets), explainRate, numberRate, ticker)) {
      int exitCode = measure(writer);
      if (explainRate + numberRate > 0) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(asking.told());
        out.flush();
      }
      return exitCode;
    }
  }

  private int measure(SampleStore.Writer writer) throws InterruptedException {
    long pid = ProcessHandle.current().pid();
    ProcessUsage before = ProcessUsage.of(pid);
    double evaluationsBefore = evaluations();
    int writesBefore = writes.get();
    long began = ticker.nanos();
    run(writer, Duration.ofSeconds(seconds));
    double elapsed = (ticker.nanos() - began) / 1e9;
    double evaluated = (evaluations() - evaluationsBefore) / elapsed;
    double share = ProcessUsage.of(pid).cpuSince(before).toMillis() / 1e3 / elapsed;
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d policies in %d namespaces: %.0f evaluations a second, %.1f %% of a core, %.1f µs each,"
            + " %d writes%n",
        count,
        namespaces,
        evaluated,
        100 * share,
        1e6 * share / evaluated,
        writes.get() - writesBefore);
    out.flush();
    return evaluated > 0.9 * count ? 0 : 1;
  }

  /** Samples come once a second. */
  private void run(SampleStore.Writer writer, Duration time) throws InterruptedException {
    for (long i = 0; i < time.toSeconds(); i++) {
      Pause.of(Duration.ofSeconds(1));
      observe(writer);
    }
  }

  private void observe(SampleStore.Writer writer) {
    long now = ticker.nanos();
    List<ContributorUpdate.NewSeries> series = new ArrayList<>();
    for (int i = 0; i < QUEUES; i++) {
      Labels labels = Labels.of("broker", "default", "vhost", "default", "queue", "q-" + i);
      series.add(
          new ContributorUpdate.NewSeries(
              i + 1, READY, new StoredSample(labels, SampleValue.exact(50), SOURCE, now)));
    }
    boolean isTaken =
        writer.apply(
            new ContributorUpdate.Full(
                "boot", series, Map.of(SOURCE, new SourceView(true, now, null))));
    if (!isTaken) {
      throw new IllegalStateException("the store takes no samples");
    }
  }

  private double evaluations() {
    double sum = 0;
    for (MetricFamilySamples family : Collections.list(registry.metricFamilySamples())) {
      for (MetricFamilySamples.Sample sample : family.samples) {
        sum += sample.name.equals("gpuscaling_policy_evaluations_total") ? sample.value : 0;
      }
    }
    return sum;
  }

  private Outcome write(PolicyObject object, RecordedStatus status) {
    PolicyObject next = object.with(status, String.valueOf(writes.incrementAndGet() + count));
    objects.put(object.name(), next);
    return new Outcome.Written(next);
  }

  private String namespace(int i) {
    return "ai-" + i % namespaces;
  }

  private ClusterSnapshot cluster() {
    Map<String, List<Workload>> workloads = new HashMap<>();
    for (int i = 0; i < count; i++) {
      workloads
          .computeIfAbsent(namespace(i), _ -> new ArrayList<>())
          .add(
              new Workload(
                  WorkloadKind.DEPLOYMENT,
                  namespace(i),
                  "worker-" + i,
                  Map.of(),
                  Map.of(),
                  Optional.of(new Scale(2, 2))));
    }
    return new ClusterSnapshot(true, true, Map.of(), Map.of(), workloads);
  }

  private PolicyObject policy(int i) {
    String name = "policy-" + i;
    Map<String, Object> tree = new HashMap<>();
    tree.put("apiVersion", "gpuscaling.io/v1alpha1");
    tree.put("kind", "ScalingPolicy");
    tree.put("metadata", Map.of("name", name, "namespace", namespace(i)));
    tree.put(
        "spec",
        Map.of(
            "scaleTargetRef",
            Map.of("kind", "Deployment", "name", "worker-" + i),
            "maxReplicas",
            50,
            "evaluationInterval",
            "1s",
            "rules",
            List.of(rule("first", i), rule("second", i + 1))));
    return PolicyObject.of(
        new ObjectMeta(namespace(i), name, "uid-" + i, 1, "1", Optional.empty(), Map.of()),
        tree,
        RecordedStatus.NONE);
  }

  private static Map<String, Object> rule(String name, int i) {
    return Map.of(
        "name",
        name,
        "metric",
        Map.of(
            "name", READY, "selector", Map.of("matchLabels", Map.of("queue", "q-" + i % QUEUES))),
        "scaleUp",
        Map.of("threshold", 100),
        "scaleDown",
        Map.of("operator", "LessThan", "threshold", 10),
        "evaluationPeriods",
        3,
        "dataPointsToAlarm",
        2);
  }
}
