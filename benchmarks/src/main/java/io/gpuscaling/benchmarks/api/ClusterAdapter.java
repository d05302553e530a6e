package io.gpuscaling.benchmarks.api;

import io.gpuscaling.benchmarks.process.Checkout;
import io.gpuscaling.benchmarks.process.ExporterCertificates;
import io.gpuscaling.benchmarks.process.IngestTarget;
import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * Our metrics-adapter beside a control plane, which it asks who calls and whether they may, as in a
 * cluster. Exporters prove themselves by certificates.
 */
final class ClusterAdapter implements IngestTarget, AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_GRACE = Duration.ofSeconds(2);

  private static final String CONFIGURATION =
      """
      shutdown: {drainDelay: 0s}
      grants:
        - namespaces: [%s]
          nodes: true
      """
          .formatted(NAMESPACE);

  private final CertificateAuthority authority =
      CertificateAuthority.create("benchmark-ca", InstantSource.system());
  private final ManagedProcess process;
  private final int securePort;
  private final int grpcPort;

  private ClusterAdapter(ControlPlane plane, Path folder, String javaOptions) {
    PemFiles serving =
        authority
            .issueServer("metrics-adapter", new SubjectName.Ip("127.0.0.1"))
            .writeTo(folder, "serving");
    List<Integer> ports = LoopbackPorts.free(2);
    securePort = ports.get(0);
    grpcPort = ports.get(1);
    process =
        ManagedProcess.start(
            ProcessSpec.of(
                    "metrics-adapter",
                    folder.resolve("metrics-adapter.log"),
                    List.of(
                        Checkout.path("bin", "gpuscaling-metrics-adapter").toString(),
                        "--config=" + write(folder, "config.yaml", CONFIGURATION),
                        "--kubeconfig=" + plane.adminKubeconfig(),
                        "--grpc-client-ca-file="
                            + write(folder, "ca.crt", authority.certificatePem()),
                        "--bind-address=127.0.0.1",
                        "--secure-port=" + securePort,
                        "--grpc-listen=127.0.0.1:" + grpcPort,
                        "--tls-cert-file=" + serving.certificate(),
                        "--tls-private-key-file=" + serving.privateKey()))
                .withEnvironment(Map.of("GPUSCALING_JAVA_OPTS", javaOptions)));
  }

  /**
   * Starts it and waits until it serves.
   *
   * @param javaOptions added to the launcher's JVM flags
   */
  static ClusterAdapter start(ControlPlane plane, Path folder, String javaOptions) {
    var adapter = new ClusterAdapter(plane, folder, javaOptions);
    try {
      adapter.process.await(
          "serves", START_TIMEOUT, () -> LoopbackPorts.isOpen(adapter.securePort));
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  private static Path write(Path folder, String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the metrics APIs are. */
  String url() {
    return "https://127.0.0.1:" + securePort;
  }

  /** The process id, for its CPU and memory. */
  long pid() {
    return process.pid();
  }

  @Override
  public int grpcPort() {
    return grpcPort;
  }

  @Override
  public CertificateAuthority authority() {
    return authority;
  }

  @Override
  public IssuedCertificate exporterOf(String node) {
    return ExporterCertificates.issue(authority, node);
  }

  @Override
  public void close() {
    process.stop(STOP_GRACE);
  }
}
