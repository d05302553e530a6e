package io.gpuscaling.demo;

import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.demo.amqp.QueueDepth;
import io.gpuscaling.demo.api.MetricsApi;
import io.gpuscaling.demo.cluster.ClusterFile;
import io.gpuscaling.demo.cluster.PodTokens;
import io.gpuscaling.demo.cluster.TokenReviewServer;
import io.gpuscaling.demo.gpu.DcgmServer;
import io.gpuscaling.demo.gpu.GpuActivity;
import io.gpuscaling.demo.gpu.GpuNode;
import io.gpuscaling.demo.policy.PolicyReport;
import io.gpuscaling.demo.policy.ShortenedPolicy;
import io.gpuscaling.demo.queue.BrokerQueue;
import io.gpuscaling.demo.queue.EmbeddedBroker;
import io.gpuscaling.demo.queue.TaskQueue;
import io.gpuscaling.demo.story.Narration;
import io.gpuscaling.demo.story.Observation;
import io.gpuscaling.demo.worker.LeaseConnection;
import io.gpuscaling.demo.worker.WorkerPool;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Everything that runs: the simulated surroundings in this process and the real programs beside it.
 * What a start that failed has opened is ended by {@link #close}.
 */
final class World implements AutoCloseable {

  /** The nodes. */
  static final List<String> NODES = List.of("gpu-a", "gpu-b", "gpu-c");

  private static final int GPUS_PER_NODE = 4;
  private static final int RENEWALS_PER_TIME_TO_LIVE = 3;

  /** The namespace of the policy and of all pods. */
  private static final String NAMESPACE = ShortenedPolicy.NAMESPACE;

  private static final String QUEUE = "n8n.ai.generation.queue";
  private static final String AUDIENCE = "gpuscaling-leases";

  private final DemoSettings settings;
  private final InstantSource clock;
  private final Closer closer = new Closer();

  World(DemoSettings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** What runs, once it does. */
  record Running(
      TaskQueue queue,
      List<GpuNode> nodes,
      Programs programs,
      WorkerPool workers,
      MetricsApi api,
      ClusterFile cluster,
      Path policies,
      InstantSource clock,
      Narration.HandsOn handsOn) {

    /** Sets the Deployment, starts and retires its workers, and shows the adapter the cluster. */
    void scaleTo(int replicas) throws IOException {
      workers.scaleTo(replicas);
      cluster.write(replicas, workers.pods(), clock.instant());
    }

    /** Why the policy decided as it did last. */
    Optional<PolicyReport> report() {
      return PolicyReport.read(policies);
    }

    /** Looks at the queue, the GPUs and the API's answers. */
    Observation observe(long seconds) throws IOException, InterruptedException {
      QueueDepth depth = queue.depth();
      List<Integer> tasks =
          nodes.stream()
              .map(node ->
                  (int)
                      node.activities().stream()
                          .filter(activity -> activity == GpuActivity.BUSY)
                          .count())
              .toList();
      return new Observation(
          seconds,
          depth,
          tasks,
          api.read("rabbitmq_queue_messages_ready"),
          api.read("gpu_workers_busy"),
          api.read("active_gpu_processing_tasks_per_worker_node"),
          api.read("gpu_vram_used_bytes"),
          api.read("scaling_policy_desired_replicas"));
    }
  }

  Running start() throws IOException {
    Path folder = temporaryFolder();
    DemoPki pki = DemoPki.create(folder, clock);
    TaskQueue queue = closer.register(queue());
    var tokens = new PodTokens();
    String exporterToken = UUID.randomUUID().toString();
    var reviews =
        closer.register(
            TokenReviewServer.start(pki.serverCertificate(), exporterToken, AUDIENCE, tokens));
    var cluster =
        new Programs.ClusterAccess(
            reviews.uri(),
            SecretFile.write(folder.resolve("exporter-token"), exporterToken),
            settings.plan().leaseTimeToLive());

    var programs = closer.register(new Programs(settings.bin(), folder, pki));
    Path policies = Files.createDirectory(folder.resolve("policies"));
    Files.writeString(policies.resolve("policy.yaml"), policy(queue.name()).yaml());
    var clusterFile =
        new ClusterFile(policies.resolve("cluster.yaml"), NAMESPACE, ShortenedPolicy.TARGET);
    clusterFile.write(ShortenedPolicy.MIN_REPLICAS, List.of(), clock.instant());
    programs.startAdapter(NAMESPACE, queue.name(), NODES, policies);
    programs.startQueueReader(queue);
    List<WorkerPool.Place> places = new ArrayList<>();
    List<URI> pages = new ArrayList<>();
    List<URI> dcgmPages = new ArrayList<>();
    for (String name : NODES) {
      var node = new GpuNode(name, places.size(), GPUS_PER_NODE);
      URI dcgm = closer.register(DcgmServer.start(node)).uri();
      Programs.Exporter exporter = programs.startNodeExporter(name, dcgm, cluster);
      pages.add(exporter.page());
      dcgmPages.add(dcgm);
      places.add(
          new WorkerPool.Place(
              node, closer.register(LeaseConnection.to(exporter.leaseAddress(), pki.caFile()))));
    }
    programs.awaitReady();

    var workers =
        closer.register(
            new WorkerPool(
                new WorkerPool.Settings(
                    NAMESPACE,
                    ShortenedPolicy.TARGET,
                    settings.plan().taskDuration(),
                    settings.plan().leaseTimeToLive().dividedBy(RENEWALS_PER_TIME_TO_LIVE)),
                queue,
                tokens,
                places));
    var api = closer.register(new MetricsApi(programs.metricsApi(), NAMESPACE, pki.readerTls()));
    String base = api.base().toString();
    return new Running(
        queue,
        places.stream().map(WorkerPool.Place::node).toList(),
        programs,
        workers,
        api,
        clusterFile,
        policies,
        clock,
        new Narration.HandsOn(
            folder,
            base.substring(0, base.length() - 1),
            pages.getFirst().toString(),
            dcgmPages.getFirst().toString()));
  }

  private ShortenedPolicy policy(String queue) throws IOException {
    Path shipped = settings.bin().resolveSibling(ShortenedPolicy.SHIPPED);
    return ShortenedPolicy.of(
        Files.readString(shipped), settings.plan(), queue, NODES.size() * GPUS_PER_NODE);
  }

  private Path temporaryFolder() throws IOException {
    Path folder = Files.createTempDirectory("gpuscaling-demo-");
    closer.register(() -> Files.delete(ScratchFolder.empty(folder)));
    return folder;
  }

  private TaskQueue queue() throws IOException {
    return settings.broker().isPresent()
        ? BrokerQueue.declare(
            settings.broker().get(),
            QUEUE + ".demo-" + UUID.randomUUID().toString().substring(0, 8))
        : EmbeddedBroker.start(QUEUE);
  }

  @Override
  public void close() {
    closer.close();
  }
}
