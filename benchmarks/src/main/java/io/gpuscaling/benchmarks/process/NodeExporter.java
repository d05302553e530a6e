package io.gpuscaling.benchmarks.process;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.Command;
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
 * An exporter of a GPU node through {@code bin/}: DCGM, the lease service with its file, NVML (of a
 * machine that has none), and a stream to an adapter. Of the Kubernetes API it finds what reviews
 * tokens.
 */
public final class NodeExporter implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_GRACE = Duration.ofSeconds(1);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(REQUEST_TIMEOUT).build();
  private final ManagedProcess process;
  private final TokenReviews reviews;
  private final int port;
  private final int leasePort;
  private final Duration timeToReady;

  private NodeExporter(
      ManagedProcess process, TokenReviews reviews, int port, int leasePort, Duration timeToReady) {
    this.process = process;
    this.reviews = reviews;
    this.port = port;
    this.leasePort = leasePort;
    this.timeToReady = timeToReady;
  }

  /**
   * Starts one and waits until it is ready.
   *
   * @param dcgmInterval between two scrapes of DCGM, as the program's key takes it
   * @param javaOptions added to the launcher's JVM flags
   */
  public static NodeExporter start(
      String node,
      StandaloneAdapter adapter,
      String dcgmUrl,
      String dcgmInterval,
      String javaOptions)
      throws IOException {
    Path folder = ScratchFolder.empty(Checkout.scratch("node-exporter"));
    TokenReviews reviews = TokenReviews.serve(adapter.authority(), node);
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
            "--dcgm-scrape-interval=" + dcgmInterval,
            "--nvml-mode=auto",
            "--lease-listen=127.0.0.1:" + ports.get(1),
            "--lease-tls-cert-file=" + leases.certificate(),
            "--lease-tls-private-key-file=" + leases.privateKey(),
            "--lease-state-file=" + folder.resolve("lease-state").toAbsolutePath(),
            "--kubernetes-server=" + reviews.url(),
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
    return new NodeExporter(process, reviews, ports.get(0), ports.get(1), ready);
  }

  /** Reads {@code /metrics} as Prometheus would, without its pauses. */
  public void scrape(int times) throws IOException, InterruptedException {
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

  /**
   * The sum of a metric's samples on {@code /metrics}; NaN when it has none.
   *
   * @param prefix of the lines: a name, or a name with its first labels
   */
  public double sum(String prefix) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
            .timeout(REQUEST_TIMEOUT)
            .build();
    return client
        .send(request, HttpResponse.BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith(prefix))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .reduce(Double::sum)
        .orElse(Double.NaN);
  }

  /** Lets it collect its garbage, all of it. */
  public void collectGarbage() {
    String tool = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Command.run(List.of(tool, Long.toString(process.pid()), "GC.run"), START_TIMEOUT).orThrow();
  }

  /** Where workers take leases, on loopback. */
  public int leasePort() {
    return leasePort;
  }

  /** What it has used since its start. */
  public ProcessUsage usage() {
    return ProcessUsage.of(process.pid());
  }

  /** From the start of the launcher until {@code /readyz} said yes. */
  public Duration timeToReady() {
    return timeToReady;
  }

  @Override
  public void close() {
    process.stop(STOP_GRACE);
    reviews.close();
  }
}
