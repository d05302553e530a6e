package io.gpuscaling.testkit.controlplane;

import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The real metrics-server as a child process, which asks {@link ControlPlane#startMeasuringKwok} as
 * it asks kubelets and serves {@code metrics.k8s.io} behind the aggregator.
 */
public final class MetricsServer implements AutoCloseable {

  private static final String NAME = "metrics-server";
  private static final String NAMESPACE = "kube-system";
  private static final String GROUP = "metrics.k8s.io";
  private static final String VERSION = "v1beta1";
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

  /** The shortest that it takes. */
  private static final Duration RESOLUTION = Duration.ofSeconds(10);

  private final ManagedProcess process;

  private MetricsServer(ManagedProcess process) {
    this.process = process;
  }

  /**
   * Starts it beside a control plane, built before when it is missing, and waits until the cluster
   * calls its API available.
   *
   * @param folder for its certificate and log
   */
  public static MetricsServer start(ControlPlane plane, Path folder) {
    PemFiles certificate =
        plane
            .authority()
            .issueServer(NAME, new SubjectName.Dns(NAME + "." + NAMESPACE + ".svc"))
            .writeTo(folder, NAME);
    int port = LoopbackPorts.free(1).getFirst();
    Path kubeconfig = plane.adminKubeconfig();
    var process =
        ManagedProcess.start(
            ProcessSpec.of(
                NAME,
                folder.resolve(NAME + ".log"),
                List.of(
                    folder().resolve(NAME).toString(),
                    "--bind-address=127.0.0.1",
                    "--secure-port=" + port,
                    "--tls-cert-file=" + certificate.certificate(),
                    "--tls-private-key-file=" + certificate.privateKey(),
                    "--kubeconfig=" + kubeconfig,
                    "--authentication-kubeconfig=" + kubeconfig,
                    "--authorization-kubeconfig=" + kubeconfig,
                    "--metric-resolution=" + RESOLUTION.toSeconds() + "s",
                    "--kubelet-request-timeout=5s",
                    "--kubelet-insecure-tls",
                    "--kubelet-use-node-status-port",
                    "--kubelet-preferred-address-types=InternalIP")));
    try {
      process.await("listens", START_TIMEOUT, () -> LoopbackPorts.isOpen(port));
      plane.objects().loopbackService(NAMESPACE, NAME, port);
      plane
          .objects()
          .apiService(GROUP, VERSION, NAMESPACE, NAME, port, plane.authority().certificatePem());
      plane.objects().awaitAvailable(GROUP, VERSION);
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
    return new MetricsServer(process);
  }

  /** A node whose pods are measured; gets Ready by kwok. */
  public static void node(ControlPlane plane, String name) {
    plane
        .api()
        .apply(
            "/api/v1/nodes/" + name,
            """
            apiVersion: v1
            kind: Node
            metadata:
              name: %1$s
              labels: {kubernetes.io/hostname: %1$s}
              annotations: {metrics.k8s.io/resource-metrics-path: /metrics/nodes/%1$s/metrics/resource}
            """
                .formatted(name));
  }

  /** What kwok is told, so that it answers as a kubelet does. */
  static List<Path> usageFiles() {
    Path files = folder().resolve("kwok-usage");
    return List.of(
        files.resolve("metrics-resource.yaml"), files.resolve("usage-from-annotation.yaml"));
  }

  private static Path folder() {
    return ControlPlaneTools.build(Path.of(""), NAME);
  }

  /** Its process. */
  public ManagedProcess process() {
    return process;
  }

  /** Ends it; its API service stays, and is unavailable. */
  @Override
  public void close() {
    process.close();
  }
}
