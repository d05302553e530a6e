package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** One metrics-adapter as a process. */
public final class Adapter implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

  private static final String CONFIG =
      """
      ingest:
        identities:
          - {namespace: gpuscaling, name: exporter, scope: node}
          - {namespace: gpuscaling, name: queue-reader, scope: queues}
      policies:
        deletionCosts: true
        autoscalers: true
      freshness:
        queues: 5s
      grants:
        - namespaces: [queues-it, granted-it, policies-it, triggers-it, effects-it, broker-tasks-it]
          queues: [{queue: "*"}]
        - namespaces: [nodes-it, rolling-it]
          nodes: true
      """;

  private final ProcessSpec spec;
  private final ManagedProcess process;
  private final int securePort;
  private final int grpcPort;

  private Adapter(ProcessSpec spec, ManagedProcess process, int securePort, int grpcPort) {
    this.spec = spec;
    this.process = process;
    this.securePort = securePort;
    this.grpcPort = grpcPort;
  }

  static Adapter start(
      String name,
      Path folder,
      PemFiles certificate,
      Path kubeconfig,
      Duration drainDelay,
      Duration leasesFreshFor,
      String configuration) {
    List<Integer> ports = LoopbackPorts.free(2);
    Path config = folder.resolve("config.yaml");
    try {
      Files.writeString(config, CONFIG + configuration);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return start(
        ProcessSpec.of(
            name,
            folder.resolve("log"),
            List.of(
                Repository.path("bin", "gpuscaling-metrics-adapter").toString(),
                "--config=" + config,
                "--bind-address=127.0.0.1",
                "--secure-port=" + ports.get(0),
                "--grpc-listen=127.0.0.1:" + ports.get(1),
                "--tls-cert-file=" + certificate.certificate(),
                "--tls-private-key-file=" + certificate.privateKey(),
                "--shutdown-drain-delay=" + drainDelay.toSeconds() + "s",
                "--freshness-leases=" + leasesFreshFor.toSeconds() + "s",
                "--kubeconfig=" + kubeconfig)),
        ports.get(0),
        ports.get(1));
  }

  private static Adapter start(ProcessSpec spec, int securePort, int grpcPort) {
    ManagedProcess process = ManagedProcess.start(spec);
    process.await(
        "serves",
        START_TIMEOUT,
        () -> LoopbackPorts.isOpen(securePort) && LoopbackPorts.isOpen(grpcPort));
    return new Adapter(spec, process, securePort, grpcPort);
  }

  /** The same program with the same flags, after this one has ended. */
  Adapter restart() {
    return start(spec, securePort, grpcPort);
  }

  /** Waits until it says that it is ready, or that it is not. */
  public void awaitReady(CertificateAuthority authority, boolean isReady) {
    URI probe = URI.create("https://127.0.0.1:" + securePort + "/readyz");
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(ClientTls.trusting(authority)).build()) {
      Awaitility.await()
          .atMost(START_TIMEOUT)
          .pollInterval(Duration.ofMillis(50))
          .ignoreExceptions()
          .until(() -> {
            int status =
                client
                    .send(
                        HttpRequest.newBuilder(probe).build(),
                        HttpResponse.BodyHandlers.discarding())
                    .statusCode();
            return isReady == (status == 200);
          });
    }
  }

  /** Where the metrics APIs are. */
  public int securePort() {
    return securePort;
  }

  /** Where exporters stream to. */
  public int grpcPort() {
    return grpcPort;
  }

  /** The process, to be killed or frozen. */
  public ManagedProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
