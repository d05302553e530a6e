package io.gpuscaling.benchmarks.process;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;

/**
 * A metrics-adapter without a cluster, started through {@code bin/} as a person would, and a reader
 * that it lets in. Safe for use by any thread.
 */
public final class StandaloneAdapter implements IngestTarget, AutoCloseable {

  private static final String HOST = "127.0.0.1";
  private static final String READERS = "gpuscaling:readers";
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_GRACE = Duration.ofSeconds(1);

  private final CertificateAuthority authority;
  private final ManagedProcess process;
  private final IssuedCertificate reader;
  private final int securePort;
  private final int grpcPort;
  private final Duration timeToReady;

  private StandaloneAdapter(
      CertificateAuthority authority,
      ManagedProcess process,
      List<Integer> ports,
      Duration timeToReady) {
    this.authority = authority;
    this.process = process;
    this.reader = authority.issueClient("benchmark-reader", READERS);
    this.securePort = ports.get(0);
    this.grpcPort = ports.get(1);
    this.timeToReady = timeToReady;
  }

  /**
   * Starts one and waits until it is ready.
   *
   * @param name of its folder for certificates and log
   * @param nodes the nodes that must contribute to sums
   * @param javaOptions added to the launcher's JVM flags
   * @param more arguments
   */
  public static StandaloneAdapter start(
      String name, List<String> nodes, String javaOptions, String... more) {
    var authority = CertificateAuthority.create("benchmark-ca", InstantSource.system());
    Path folder = ScratchFolder.empty(Checkout.scratch(name));
    var tls =
        authority
            .issueServer("metrics-adapter", new SubjectName.Ip(HOST))
            .writeTo(folder, "serving");
    Path ca = write(folder.resolve("ca.crt"), authority.certificatePem());
    Path config = write(folder.resolve("config.yaml"), configuration(nodes));
    List<Integer> ports = LoopbackPorts.free(2);
    List<String> command = new ArrayList<>(List.of(more));
    command.addAll(
        0,
        List.of(
            Checkout.path("bin", "gpuscaling-metrics-adapter").toString(),
            "--config=" + config,
            "--standalone",
            "--client-ca-file=" + ca,
            "--grpc-client-ca-file=" + ca,
            "--bind-address=" + HOST,
            "--secure-port=" + ports.get(0),
            "--grpc-listen=" + HOST + ":" + ports.get(1),
            "--tls-cert-file=" + tls.certificate(),
            "--tls-private-key-file=" + tls.privateKey()));
    Ticker ticker = Ticker.system();
    var readiness = new Readiness(ClientTls.trusting(authority), ticker);
    ManagedProcess process =
        ManagedProcess.start(
            ProcessSpec.of(name, folder.resolve("log"), command)
                .withEnvironment(Map.of("GPUSCALING_JAVA_OPTS", javaOptions)));
    Duration ready = readiness.await(process, "https", ports.get(0), START_TIMEOUT);
    return new StandaloneAdapter(authority, process, ports, ready);
  }

  private static String configuration(List<String> nodes) {
    return """
    standaloneNodes: [%s]
    grants:
      - namespaces: [%s]
        queues: [{queue: "*"}]
        nodes: true
    """
        .formatted(String.join(", ", nodes), NAMESPACE);
  }

  private static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public CertificateAuthority authority() {
    return authority;
  }

  @Override
  public IssuedCertificate exporterOf(String node) {
    return ExporterCertificates.issue(authority, node);
  }

  /** TLS of a client that may read. */
  public SSLContext readerTls() {
    return ClientTls.trusting(authority, reader);
  }

  /** The certificate and key of a client that may read. */
  public IssuedCertificate reader() {
    return reader;
  }

  /** Port of the metrics APIs, on loopback. */
  public int securePort() {
    return securePort;
  }

  @Override
  public int grpcPort() {
    return grpcPort;
  }

  /** From the start of the launcher until {@code /readyz} said yes. */
  public Duration timeToReady() {
    return timeToReady;
  }

  /** What it has used since its start. */
  public ProcessUsage usage() {
    return ProcessUsage.of(process.pid());
  }

  @Override
  public void close() {
    process.stop(STOP_GRACE);
  }
}
