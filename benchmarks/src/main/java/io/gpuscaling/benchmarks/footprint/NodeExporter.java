package io.gpuscaling.benchmarks.footprint;

import io.gpuscaling.benchmarks.process.Checkout;
import io.gpuscaling.benchmarks.process.ProcessUsage;
import io.gpuscaling.benchmarks.process.Readiness;
import io.gpuscaling.benchmarks.process.StandaloneAdapter;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import io.gpuscaling.testkit.process.ScratchFolder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * An exporter of a GPU node through {@code bin/}: DCGM, the lease service, and a stream to an
 * adapter. Nobody takes leases, so its Kubernetes API is never called.
 */
final class NodeExporter implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_GRACE = Duration.ofSeconds(1);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

  private final ManagedProcess process;
  private final int port;
  private final Duration timeToReady;

  private NodeExporter(ManagedProcess process, int port, Duration timeToReady) {
    this.process = process;
    this.port = port;
    this.timeToReady = timeToReady;
  }

  static NodeExporter start(
      String node, StandaloneAdapter adapter, String dcgmUrl, String javaOptions)
      throws IOException {
    Path folder = ScratchFolder.empty(Checkout.scratch("footprint-exporter"));
    Path ca = Files.writeString(folder.resolve("ca.crt"), adapter.authority().certificatePem());
    var identity = adapter.exporterOf(node).writeTo(folder, "identity");
    var leases =
        adapter
            .authority()
            .issueServer("leases", new SubjectName.Dns("leases"))
            .writeTo(folder, "leases");
    List<Integer> ports = LoopbackPorts.free(2);
    List<String> command =
        List.of(
            Checkout.path("bin", "gpuscaling-exporter").toString(),
            "--listen=127.0.0.1:" + ports.get(0),
            "--node-name=" + node,
            "--dcgm-url=" + dcgmUrl,
            "--dcgm-scrape-interval=1s",
            "--dcgm-scrape-timeout=900ms",
            "--lease-listen=127.0.0.1:" + ports.get(1),
            "--lease-tls-cert-file=" + leases.certificate(),
            "--lease-tls-private-key-file=" + leases.privateKey(),
            "--kubernetes-server=https://127.0.0.1:1",
            "--kubernetes-ca-file=" + ca,
            "--kubernetes-token-file=" + Files.writeString(folder.resolve("token"), "unused"),
            "--adapter=127.0.0.1:" + adapter.grpcPort(),
            "--adapter-ca-file=" + ca,
            "--adapter-cert-file=" + identity.certificate(),
            "--adapter-key-file=" + identity.privateKey());
    var readiness = new Readiness(ClientTls.trusting(adapter.authority()), Ticker.system());
    var process =
        ManagedProcess.start(
            ProcessSpec.of("exporter", folder.resolve("log"), command)
                .withEnvironment(Map.of("GPUSCALING_JAVA_OPTS", javaOptions)));
    Duration ready = readiness.await(process, "http", ports.get(0), START_TIMEOUT);
    return new NodeExporter(process, ports.get(0), ready);
  }

  /** Reads {@code /metrics} as Prometheus would, without its pauses. */
  void scrape(int times) throws IOException, InterruptedException {
    HttpClient client = HttpClient.newBuilder().connectTimeout(REQUEST_TIMEOUT).build();
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
            .timeout(REQUEST_TIMEOUT)
            .build();
    for (int scrape = 0; scrape < times; scrape++) {
      int code = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      if (code != 200) {
        throw new IOException("/metrics answers " + code);
      }
    }
  }

  ProcessUsage usage() {
    return ProcessUsage.of(process.pid());
  }

  Duration timeToReady() {
    return timeToReady;
  }

  @Override
  public void close() {
    process.stop(STOP_GRACE);
  }
}
