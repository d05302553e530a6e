package io.gpuscaling.benchmarks.api;

import io.gpuscaling.benchmarks.fleet.FleetShape;
import io.gpuscaling.benchmarks.process.IngestTarget;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.controlplane.ReferenceAdapter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The objects that both servers are asked about: nodes with GPUs, worker pods that are labelled so
 * that a selector picks 1, 100 or 1,000 of them, and a reader that may ask.
 */
final class ApiWorld {

  /** The numbers of pods that a request can be about. */
  static final List<Integer> POD_COUNTS = List.of(1, 100, 1000);

  /** GPUs of each node, each with a worker pod. */
  static final int GPUS = 8;

  private static final String NAMESPACE = IngestTarget.NAMESPACE;
  private static final String READER = "reader";

  /** Writes at a time; more only queue up in the API server. */
  private static final int PARALLEL_WRITES = 8;

  private static final String RIGHTS =
      """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: {name: metrics-reader}
      rules:
      - apiGroups: [custom.metrics.k8s.io, external.metrics.k8s.io]
        resources: ["*"]
        verbs: [get, list]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata: {name: metrics-reader}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: metrics-reader}
      subjects:
      - {kind: ServiceAccount, name: %s, namespace: %s}
      """
          .formatted(READER, NAMESPACE);

  private final ControlPlane plane;

  ApiWorld(ControlPlane plane) {
    this.plane = plane;
  }

  /** Makes the reader, so many nodes, and the pods of the first of them. */
  void create(int nodes) {
    plane.objects().namespace(NAMESPACE);
    plane.objects().serviceAccount(NAMESPACE, READER);
    plane.kubectl().apply(RIGHTS);
    inParallel(new FleetShape(nodes, GPUS).nodes(), node -> plane.objects().gpuNode(node, GPUS));
    inParallel(
        IntStream.range(0, POD_COUNTS.getLast()).boxed().toList(),
        number -> plane.objects().pod(pod(number)));
  }

  private static GpuPod pod(int number) {
    Map<String, String> labels = new LinkedHashMap<>();
    for (int count : POD_COUNTS) {
      if (number < count) {
        labels.put(label(count), "yes");
      }
    }
    int node = number / GPUS;
    return GpuPod.onNode(NAMESPACE, podName(number), new FleetShape(node + 1, 1).nodes().getLast())
        .withGpus(1)
        .withLabels(labels);
  }

  /** As a simulated node calls the pod of one of its GPUs. */
  private static String podName(int number) {
    return "worker-%d-%d".formatted(number / GPUS, number % GPUS);
  }

  private static String label(int count) {
    return "of-" + count;
  }

  /** A token of the reader. */
  String readerToken() {
    return plane.objects().token(NAMESPACE, READER);
  }

  /** Gives the reference server a value for each pod. */
  void fill(ReferenceAdapter reference) {
    for (int number = 0; number < POD_COUNTS.getLast(); number++) {
      reference.set(
          "/namespaces/" + NAMESPACE + "/pods/" + podName(number) + "/gpu_tasks_active", "3");
    }
  }

  /** The question of a Pods metric that is about so many pods. */
  static String podsPath(int count) {
    return "/apis/custom.metrics.k8s.io/v1beta2/namespaces/"
        + NAMESPACE
        + "/pods/%2A/gpu_tasks_active?labelSelector="
        + label(count)
        + "%3Dyes";
  }

  /** The question of an External metric with a selector that leaves one item. */
  static String externalPath(String metric, String label, String value) {
    return "/apis/external.metrics.k8s.io/v1beta1/namespaces/"
        + NAMESPACE
        + "/"
        + metric
        + "?labelSelector="
        + label
        + "%3D"
        + value;
  }

  private static <T> void inParallel(List<T> things, Consumer<T> action) {
    try (var threads = Executors.newFixedThreadPool(PARALLEL_WRITES)) {
      things.stream()
          .map(thing -> CompletableFuture.runAsync(() -> action.accept(thing), threads))
          .toList()
          .forEach(CompletableFuture::join);
    }
  }
}
