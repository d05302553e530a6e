package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ClusterObjects;
import io.gpuscaling.testkit.controlplane.GpuPod;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import tools.jackson.databind.JsonNode;

/**
 * Starts a worker in each pod of a namespace that is ready, and ends it when the pod is to go: by
 * its preStop hook, or at once. Pods have a finalizer that stands for their containers: it is
 * removed when the worker is gone, so that no pod goes before.
 */
public final class ActingKubelet implements AutoCloseable {

  /** The finalizer of a pod whose containers run. */
  public static final String CONTAINERS_RUN = "gpuscaling.io/containers-run";

  private static final Duration LOOK_INTERVAL = Duration.ofMillis(250);

  private final Installation installation;
  private final String namespace;
  private final Map<String, Exporter> exporters;
  private final boolean preStop;
  private final ActingWorker.Tally tally = new ActingWorker.Tally();
  private final ScheduledExecutorService scheduler =
      Executors.newScheduledThreadPool(2, Thread.ofPlatform().daemon().factory());
  private final RandomGenerator seeds =
      RandomGeneratorFactory.of("L64X128MixRandom").create(20261125);

  /** By pod. */
  private final Map<String, ActingWorker> workers = new ConcurrentHashMap<>();

  private final Set<String> leaving = new HashSet<>();

  /** Pods by the label {@code app}, and how many of them have a worker. */
  private volatile Map<String, Count> counts = Map.of();

  private volatile String failure = "";

  /**
   * How many pods there are.
   *
   * @param pods all, also those that go
   * @param working those with a worker that is not on its way out
   */
  public record Count(int pods, int working) {}

  /**
   * Starts to look.
   *
   * @param exporters by node
   * @param preStop whether pods have a preStop hook that drains
   */
  public ActingKubelet(
      Installation installation,
      String namespace,
      Map<String, Exporter> exporters,
      boolean preStop) {
    this.installation = installation;
    this.namespace = namespace;
    this.exporters = exporters;
    this.preStop = preStop;
    var _ =
        scheduler.scheduleWithFixedDelay(
            this::lookSafely, 0, LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What became of the workers' tasks. */
  public ActingWorker.Tally tally() {
    return tally;
  }

  /** The pods of an app as seen last. */
  public Count count(String app) {
    if (!failure.isEmpty()) {
      throw new AssertionError(failure);
    }
    return counts.getOrDefault(app, new Count(0, 0));
  }

  private void lookSafely() {
    try {
      look();
    } catch (RuntimeException e) {
      failure = e.toString(); // the test that waits says it
      throw e;
    }
  }

  private void look() {
    var seen = new HashMap<String, Count>();
    JsonNode pods =
        installation.plane().api().get("/api/v1/namespaces/" + namespace + "/pods").orThrow();
    for (JsonNode pod : pods.path("items")) {
      String name = pod.at("/metadata/name").asString();
      boolean goes = !pod.at("/metadata/deletionTimestamp").isMissingNode();
      if (!goes && !workers.containsKey(name) && ClusterObjects.hasCondition(pod, "Ready")) {
        workers.put(name, worker(name, pod.at("/spec/nodeName").asString()));
      }
      if (goes && leaving.add(name)) {
        Thread.startVirtualThread(() -> end(name));
      }
      seen.merge(
          pod.at("/metadata/labels/app").asString(),
          new Count(1, !goes && workers.containsKey(name) ? 1 : 0),
          (one, other) -> new Count(one.pods() + other.pods(), one.working() + other.working()));
    }
    counts = Map.copyOf(seen);
  }

  private ActingWorker worker(String name, String node) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seeds.nextLong());
    return ActingWorker.start(
        installation,
        GpuPod.onNode(namespace, name, node),
        java.util.Objects.requireNonNull(exporters.get(node), node),
        scheduler,
        random,
        tally);
  }

  private void end(String name) {
    ActingWorker worker = workers.get(name);
    if (worker == null) {
      gone(name); // it never began
    } else if (preStop) {
      worker.drainThenKill(() -> gone(name));
    } else {
      worker.kill(() -> gone(name));
    }
  }

  private void gone(String name) {
    installation
        .plane()
        .api()
        .merge(
            "/api/v1/namespaces/" + namespace + "/pods/" + name,
            "{\"metadata\": {\"finalizers\": null}}")
        .orThrow();
  }

  /** Ends all. */
  @Override
  public void close() {
    scheduler.shutdownNow();
    List.copyOf(workers.values()).forEach(worker -> worker.kill(() -> {}));
  }
}
