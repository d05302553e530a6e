package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.leader.Leadership;
import io.gpuscaling.adapter.metrics.ClusterSnapshot;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.DeletionOrder;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Node;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Offers;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Pod;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Requests;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Scale;
import io.gpuscaling.adapter.metrics.ClusterSnapshot.Workload;
import io.gpuscaling.adapter.metrics.Grants;
import io.gpuscaling.adapter.metrics.Grants.Glob;
import io.gpuscaling.adapter.metrics.Grants.Grant;
import io.gpuscaling.adapter.metrics.Grants.QueuePattern;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.adapter.metrics.ServedMetricsSettings;
import io.gpuscaling.adapter.metrics.WorkloadKind;
import io.gpuscaling.adapter.policy.ScaleReader.Replicas;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.Profile;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.gpuscaling.policy.spec.WorkloadClass;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A cluster with policies, a queue, and as many adapters as a test wants; time passes when the test
 * says so. All adapters see what the API server has at once.
 */
final class PolicyWorld implements PolicyObjects, StatusStore, ScaleReader, DeletionCosts {

  static final String NAMESPACE = "ai";
  static final PolicyName WORKER = new PolicyName(NAMESPACE, "worker");
  static final Duration LEASE = Duration.ofSeconds(15);
  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");
  private static final Duration STEP = Duration.ofSeconds(1);

  private final Map<PolicyName, PolicyObject> policies = new HashMap<>();
  private final Map<PolicyName, Object> specs = new HashMap<>();
  final Map<String, Read<Profile>> profiles = new HashMap<>();
  final Map<String, Read<GpuPool>> pools = new HashMap<>();
  final List<Autoscaler> autoscalers = new ArrayList<>();
  final Map<String, Integer> deployments = new HashMap<>();

  /** The pods that exist of Deployments that have others than they want. */
  final Map<String, Integer> existing = new HashMap<>();

  final Map<String, Node> nodes = new HashMap<>();
  final Map<String, Pod> foreignPods = new HashMap<>();
  final List<String> deletionCosts = new ArrayList<>();
  boolean setsDeletionCosts;
  boolean writesAutoscalers;
  PoolStatusStore poolStatuses = (_, _, _, _) -> Optional.empty();
  ScaleToZero scaleToZero = new ScaleToZero.Unknown("nobody has tried");
  final StoredAutoscalers stored = new StoredAutoscalers(autoscalers);
  boolean isOrderable = true;

  /** GPUs that a replica of each Deployment requests. */
  long gpusPerReplica;

  final List<String> news = new ArrayList<>();
  final SampleStore store;
  boolean isReadable = true;
  boolean isSynced = true;
  boolean isWritable = true;
  int writes;
  final PolicySources sources;

  /** Whether the namespace may know of nodes; for adapters that are made from then on. */
  boolean grantsNodes;

  private long nanos = Duration.ofDays(1).toNanos();
  private int version = 100;
  private final List<Adapter> adapters = new ArrayList<>();

  PolicyWorld() {
    store = new SampleStore(this::nanos, Duration.ofDays(1));
    sources = new PolicySources(store);
  }

  long nanos() {
    return nanos;
  }

  Instant now() {
    return START.plusNanos(nanos - Duration.ofDays(1).toNanos());
  }

  PolicyWorld deployment(String name, int replicas) {
    deployments.put(name, replicas);
    return this;
  }

  /** A node of a pool, with GPUs; again to change it. */
  PolicyWorld node(String name, long gpus, boolean isCordoned) {
    Map<String, Long> offer = Map.of("nvidia.com/gpu", gpus);
    nodes.put(
        name,
        new Node(
            name,
            Map.of("pool", "a"),
            true,
            Optional.empty(),
            isCordoned,
            new Offers(offer, offer)));
    return this;
  }

  /** A pod that no policy steers, with GPUs. */
  PolicyWorld foreignPod(String name, String node, long gpus) {
    foreignPods.put(
        name,
        new Pod(
            NAMESPACE,
            name,
            Map.of(),
            node,
            true,
            true,
            false,
            "",
            "",
            Instant.EPOCH,
            new Requests(1, 1, Map.of("nvidia.com/gpu", gpus))));
    return this;
  }

  /** A pool of the nodes, for the classes up to critical of every namespace; without a limit -1. */
  PolicyWorld pool(String name, int gpuLimit) {
    pools.put(
        name,
        new Read.Valid<>(
            new GpuPool(
                new ObjectMeta("", name, "uid", 1, "1", Optional.empty(), Map.of()),
                gpuLimit < 0 ? OptionalInt.empty() : OptionalInt.of(gpuLimit),
                Map.of("pool", "a"),
                List.of("nvidia.com/gpu"),
                List.of(new GpuPool.Grant("*", WorkloadClass.CRITICAL)))));
    return this;
  }

  /** A policy about the Deployment {@code worker}; again to change it. */
  PolicyWorld policy(String name, String spec, String... annotations) {
    return policyOf("worker", name, spec, annotations);
  }

  /** A policy about a Deployment; again to change it. */
  PolicyWorld policyOf(String deployment, String name, String spec, String... annotations) {
    String yaml =
        """
        apiVersion: gpuscaling.io/v1alpha1
        kind: ScalingPolicy
        metadata: {name: %s, namespace: ai}
        spec:
          scaleTargetRef: {kind: Deployment, name: %s}
        %s
        """
            .formatted(name, deployment, spec.indent(2));
    return switch (YamlDocuments.read(yaml)) {
      case Read.Valid<List<Map<String, Object>>>(List<Map<String, Object>> documents) ->
          put(name, documents.getFirst(), annotations);
      case Read.Invalid<List<Map<String, Object>>>(var problems) ->
          throw new IllegalArgumentException(problems.toString());
    };
  }

  private PolicyWorld put(String name, Map<String, Object> tree, String... annotations) {
    PolicyName key = new PolicyName(NAMESPACE, name);
    PolicyObject before = policies.get(key);
    boolean isSame = before != null && Objects.equals(tree.get("spec"), specs.get(key));
    specs.put(key, Objects.requireNonNull(tree.get("spec")));
    Map<String, String> orders = new HashMap<>();
    for (int i = 0; i < annotations.length; i += 2) {
      orders.put(annotations[i], annotations[i + 1]);
    }
    long generation = before == null ? 1 : before.metadata().generation() + (isSame ? 0 : 1);
    version++;
    Map<String, Object> metadata = new HashMap<>();
    metadata.put("name", name);
    metadata.put("namespace", NAMESPACE);
    metadata.put("annotations", orders);
    Map<String, Object> whole = new HashMap<>(tree);
    whole.put("metadata", metadata);
    policies.put(
        key,
        PolicyObject.of(
            new ObjectMeta(
                NAMESPACE,
                name,
                "uid-" + name,
                generation,
                String.valueOf(version),
                before == null ? Optional.of(now()) : before.metadata().createdAt(),
                orders),
            whole,
            before == null ? RecordedStatus.NONE : before.status()));
    return this;
  }

  PolicyWorld delete(String name) {
    policies.remove(new PolicyName(NAMESPACE, name));
    return this;
  }

  PolicyObject object(String name) {
    return Objects.requireNonNull(policies.get(new PolicyName(NAMESPACE, name)));
  }

  RecordedStatus status() {
    return object("worker").status();
  }

  @Override
  public Snapshot snapshot() {
    return isReadable ? new Snapshot("", policies, profiles, pools, autoscalers) : Snapshot.UNREAD;
  }

  @Override
  public Outcome write(PolicyObject object, RecordedStatus status) {
    if (!isWritable) {
      return new Outcome.Failed("the API server is away");
    }
    PolicyObject current = policies.get(object.name());
    if (current == null
        || !current.metadata().resourceVersion().equals(object.metadata().resourceVersion())) {
      return new Outcome.Conflict();
    }
    version++;
    writes++;
    // Through the tree, as an API server would keep it.
    PolicyObject next =
        current.with(StatusTree.read(StatusTree.of(status)), String.valueOf(version));
    policies.put(object.name(), next);
    return new Outcome.Written(next);
  }

  @Override
  public Replicas read(String namespace, ScaleTarget target) {
    Integer replicas = deployments.get(target.name());
    return replicas == null ? new Replicas.Unknown("gone") : new Replicas.Known(replicas);
  }

  @Override
  public Optional<String> lower(String namespace, String pod) {
    deletionCosts.add("lower " + pod);
    return order(pod, DeletionOrder.FIRST_BY_US);
  }

  @Override
  public Optional<String> clear(String namespace, String pod) {
    deletionCosts.add("clear " + pod);
    return order(pod, DeletionOrder.NOT_SAID);
  }

  private Optional<String> order(String name, DeletionOrder order) {
    Pod pod = foreignPods.get(name);
    if (!isOrderable || pod == null) {
      return Optional.of("the API server is away");
    }
    foreignPods.put(name, worker(name, pod.isReady(), order));
    return Optional.empty();
  }

  /** A pod of the Deployment {@code worker} that runs on {@code gpu-1}. */
  static Pod worker(String name, boolean isReady, DeletionOrder order) {
    return new Pod(
        NAMESPACE,
        name,
        Map.of(),
        "gpu-1",
        isReady,
        true,
        true,
        "worker",
        "Deployment",
        Instant.EPOCH,
        Requests.NONE,
        order);
  }

  private ClusterSnapshot cluster() {
    List<Workload> workloads = new ArrayList<>();
    deployments.forEach((name, replicas) ->
        workloads.add(
            new Workload(
                WorkloadKind.DEPLOYMENT,
                NAMESPACE,
                name,
                Map.of("app", name),
                Map.of(),
                Optional.of(
                    new Scale(replicas, existing.getOrDefault(name, replicas), requests())))));
    return new ClusterSnapshot(
        isSynced, true, nodes, Map.of(NAMESPACE, foreignPods), Map.of(NAMESPACE, workloads));
  }

  private Requests requests() {
    return gpusPerReplica == 0
        ? Requests.NONE
        : new Requests(1, 1, Map.of("nvidia.com/gpu", gpusPerReplica));
  }

  // ---- adapters

  /** One replica of the adapter. */
  final class Adapter implements Leadership {
    final ServedPolicies served = new ServedPolicies(PolicyWorld.this::nanos);
    final CollectorRegistry registry = new CollectorRegistry();
    final ServedMetrics metrics;
    boolean leads;
    boolean isStopped;
    Optional<Duration> heartbeat = Optional.of(Duration.ZERO);
    private final PolicyEvaluator evaluator;

    Adapter(OutsideSources outside) {
      metrics =
          new ServedMetrics(
              store,
              PolicyWorld.this::cluster,
              new ServedMetricsSettings(
                  StalenessLimits.DEFAULTS,
                  new Grants(
                      List.of(
                          new Grant(
                              List.of(NAMESPACE),
                              List.of(
                                  new QueuePattern(new Glob("*"), new Glob("*"), new Glob("jobs"))),
                              grantsNodes))),
                  Duration.ofMinutes(5)),
              PolicyWorld.this::nanos,
              PolicyWorld.this::now,
              served);
      var counts = new PolicyMetrics(registry);
      var deletions =
          new DeletionOrders(
              setsDeletionCosts ? Optional.of(PolicyWorld.this) : Optional.empty(),
              Runnable::run,
              counts);
      evaluator =
          new PolicyEvaluator(
              new PolicyEvaluator.Parts(
                  PolicyWorld.this,
                  PolicyWorld.this::cluster,
                  metrics,
                  outside,
                  this,
                  LEASE,
                  new StatusWrites(PolicyWorld.this, PolicyWorld.this, this, deletions),
                  deletions,
                  new AutoscalerKeeper(
                      writesAutoscalers ? Optional.of(stored) : Optional.empty(),
                      this,
                      Runnable::run,
                      (object, _, reason, note) ->
                          news.add(object.name().name() + " " + reason + " " + note),
                      counts),
                  () -> scaleToZero,
                  new PoolReports(
                      Optional.of((pool, generation, verdict, now) ->
                          poolStatuses.write(pool, generation, verdict, now)),
                      Runnable::run,
                      counts),
                  Runnable::run,
                  (object, _, reason, note) ->
                      news.add(object.name().name() + " " + reason + " " + note),
                  served,
                  counts,
                  new PolicyEffects(registry, nanos),
                  PolicyWorld.this::nanos,
                  PolicyWorld.this::now));
    }

    @Override
    public boolean isHeld() {
      return leads;
    }

    @Override
    public Optional<Duration> heartbeatAge() {
      return heartbeat;
    }

    void round() {
      evaluator.round();
    }

    /** The number that an HPA would read, or -1 for none. */
    int number() {
      return served.number(WORKER) instanceof ServedNumber.Replicas(int replicas) ? replicas : -1;
    }

    /** Why there is no number. */
    String sentence() {
      return served.number(WORKER) instanceof ServedNumber.None(String sentence) ? sentence : "";
    }
  }

  Adapter leader() {
    Adapter adapter = follower();
    adapter.leads = true;
    return adapter;
  }

  Adapter follower() {
    return adapter(OutsideSources.NONE);
  }

  Adapter adapter(OutsideSources outside) {
    var adapter = new Adapter(outside);
    adapters.add(adapter);
    return adapter;
  }

  // ---- time

  /** So much of the queue {@code jobs} from now on. */
  PolicyWorld queue(double messages) {
    sources.queue = Optional.of(SampleValue.exact(messages));
    return this;
  }

  /** Time passes in seconds; each second the queue is observed and all adapters that run look. */
  void pass(Duration time) {
    for (long i = 0; i < time.toSeconds(); i++) {
      nanos += STEP.toNanos();
      sources.observe(nanos);
      for (Adapter adapter : adapters) {
        if (!adapter.isStopped) {
          adapter.round();
        }
      }
    }
  }
}
