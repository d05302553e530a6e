package io.gpuscaling.demo;

import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.demo.queue.TaskQueue;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The real programs, each started by its launcher as a person would start it. */
final class Programs implements AutoCloseable {

  private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final int OK = 200;
  private static final String HOST = "127.0.0.1:";

  private final Path bin;
  private final Path folder;
  private final DemoPki pki;
  private final Closer closer = new Closer();
  private final Map<ManagedProcess, URI> probes = new LinkedHashMap<>();
  private final int securePort;
  private final int grpcPort;

  Programs(Path bin, Path folder, DemoPki pki) {
    this.bin = bin;
    this.folder = folder;
    this.pki = pki;
    List<Integer> ports = LoopbackPorts.free(2);
    this.securePort = ports.get(0);
    this.grpcPort = ports.get(1);
  }

  /** How an exporter is reached. */
  record Exporter(URI page, String leaseAddress) {}

  /** What the exporters of nodes are told of the cluster. */
  record ClusterAccess(URI server, Path tokenFile, Duration leaseTimeToLive) {}

  /** The metrics APIs. */
  URI metricsApi() {
    return URI.create("https://" + HOST + securePort);
  }

  void startAdapter(String namespace, String queue, List<String> nodes, Path policies)
      throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("adapter.yaml"),
            """
            grants:
              - namespaces: [%s]
                queues:
                  - queue: %s
                nodes: true
            """
                .formatted(namespace, queue));
    List<String> flags =
        new ArrayList<>(
            List.of(
                "--config=" + config,
                "--standalone",
                "--policies=" + policies,
                "--client-ca-file=" + pki.caFile(),
                "--bind-address=127.0.0.1",
                "--secure-port=" + securePort,
                "--tls-cert-file=" + pki.server().certificate(),
                "--tls-private-key-file=" + pki.server().privateKey(),
                "--grpc-listen=" + HOST + grpcPort));
    nodes.forEach(node -> flags.add("--standalone-nodes=" + node));
    start("metrics-adapter", "gpuscaling-metrics-adapter", flags, metricsApi().resolve("/readyz"));
  }

  Exporter startNodeExporter(String node, URI dcgm, ClusterAccess cluster) {
    List<Integer> ports = LoopbackPorts.free(2);
    String lease = HOST + ports.get(1);
    List<String> flags = exporterFlags(ports.get(0), pki.nodeExporter(node));
    flags.addAll(
        List.of(
            "--node-name=" + node,
            "--dcgm-url=" + dcgm,
            "--dcgm-scrape-interval=1s",
            "--dcgm-scrape-timeout=900ms",
            "--lease-listen=" + lease,
            "--lease-tls-cert-file=" + pki.server().certificate(),
            "--lease-tls-private-key-file=" + pki.server().privateKey(),
            "--lease-time-to-live=" + cluster.leaseTimeToLive().toSeconds() + "s",
            "--kubernetes-server=" + cluster.server(),
            "--kubernetes-ca-file=" + pki.caFile(),
            "--kubernetes-token-file=" + cluster.tokenFile()));
    return new Exporter(startExporter("exporter-" + node, ports.get(0), flags), lease);
  }

  void startQueueReader(TaskQueue queue) throws IOException {
    int port = LoopbackPorts.free(1).getFirst();
    Path password =
        SecretFile.write(folder.resolve("rabbitmq-password"), queue.broker().password());
    List<String> flags = exporterFlags(port, pki.queueReader("demo"));
    flags.addAll(
        List.of(
            "--rabbitmq-uri=" + queue.broker().uri(),
            "--rabbitmq-password-file=" + password,
            "--rabbitmq-queue=" + queue.name(),
            "--rabbitmq-poll-interval=500ms"));
    startExporter("queue-reader", port, flags);
  }

  private List<String> exporterFlags(int port, PemFiles identity) {
    return new ArrayList<>(
        List.of(
            "--listen=" + HOST + port,
            "--adapter=" + HOST + grpcPort,
            "--adapter-ca-file=" + pki.caFile(),
            "--adapter-cert-file=" + identity.certificate(),
            "--adapter-key-file=" + identity.privateKey()));
  }

  private URI startExporter(String name, int port, List<String> flags) {
    URI page = URI.create("http://" + HOST + port);
    start(name, "gpuscaling-exporter", flags, page.resolve("/readyz"));
    return page.resolve("/metrics");
  }

  private void start(String name, String launcher, List<String> flags, URI probe) {
    List<String> command = new ArrayList<>();
    command.add(bin.resolve(launcher).toString());
    command.addAll(flags);
    ManagedProcess process =
        ManagedProcess.start(
            ProcessSpec.of(name, folder.resolve("logs").resolve(name + ".log"), command));
    closer.register(() -> process.stop(GRACE));
    probes.put(process, probe);
  }

  /**
   * Waits until all are ready.
   *
   * @throws io.gpuscaling.testkit.process.ProcessFailedException when one is not in time, with the
   *     end of its log
   */
  void awaitReady() {
    try (HttpClient client = HttpClient.newBuilder().sslContext(pki.readerTls()).build()) {
      probes.forEach((process, probe) ->
          process.await("is ready", READY_TIMEOUT, () -> isReady(client, probe)));
    }
  }

  private static boolean isReady(HttpClient client, URI probe) {
    try {
      return client
              .send(
                  HttpRequest.newBuilder(probe).timeout(PROBE_TIMEOUT).build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == OK;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The names of those that have ended although nobody ended them. */
  List<String> ended() {
    return probes.keySet().stream()
        .filter(process -> !process.isAlive())
        .map(ManagedProcess::name)
        .toList();
  }

  /** All, as {@code NAME pid N}. */
  List<String> described() {
    return probes.keySet().stream()
        .map(process -> process.name() + " pid " + process.pid())
        .toList();
  }

  /** The last lines of each log that are more than information. */
  List<String> complaints() {
    return probes.keySet().stream()
        .flatMap(process ->
            process
                .log()
                .lines()
                .filter(line -> line.contains("WARN") || line.contains("ERROR"))
                .map(line -> process.name() + ": " + line))
        .toList();
  }

  @Override
  public void close() {
    closer.close();
  }
}
