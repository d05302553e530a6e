package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.GpuPod;
import io.gpuscaling.testkit.pki.IssuedCertificate.PemFiles;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSignal;
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
import java.util.ArrayList;
import java.util.List;

/** One exporter as a process, with the token that the kubelet would project into its pod. */
public final class Exporter implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
  private static final Duration PAGE_TIMEOUT = Duration.ofSeconds(5);
  private static final String INGEST_AUDIENCE = "gpuscaling-ingest";
  private static final String LEASES_NAME = "exporter-leases.gpuscaling.svc";

  /** What the exporter reads, ended with it. */
  private interface Source {
    void close();
  }

  private final ProcessSpec spec;
  private final ManagedProcess process;
  private final Source source;
  private final int metricsPort;
  private final int leasePort;

  private Exporter(
      ProcessSpec spec, ManagedProcess process, Source source, int metricsPort, int leasePort) {
    this.spec = spec;
    this.process = process;
    this.source = source;
    this.metricsPort = metricsPort;
    this.leasePort = leasePort;
  }

  /** The exporter of a node, taking task leases. The node must exist. */
  public static Exporter onNode(Installation installation, String node) {
    return onNode(installation, node, node, "exporter");
  }

  /** The exporter of a node, with more flags than it needs. */
  public static Exporter onNode(Installation installation, String node, List<String> moreFlags) {
    RecordedDcgm dcgm = RecordedDcgm.start();
    List<String> flags = new ArrayList<>(dcgmFlags(dcgm));
    flags.addAll(moreFlags);
    return onNode(installation, node, node, "exporter", flags, dcgm::close);
  }

  /** The exporter of a node without dcgm-exporter: what it reads is said by its flags. */
  public static Exporter withoutDcgm(
      Installation installation, String node, List<String> moreFlags) {
    return onNode(installation, node, node, "exporter", moreFlags, () -> {});
  }

  /** One that keeps its leases in a file. */
  public static Exporter keepingLeases(Installation installation, String node, Path stateFile) {
    return onNode(installation, node, List.of("--lease-state-file=" + stateFile.toAbsolutePath()));
  }

  /**
   * An exporter that may not be what it says.
   *
   * @param node where its pod runs
   * @param claimedNode which node it reports
   * @param serviceAccount whose token it shows to the adapters
   */
  public static Exporter onNode(
      Installation installation, String node, String claimedNode, String serviceAccount) {
    return onNode(installation, node, claimedNode, serviceAccount, RecordedDcgm.start());
  }

  /** The exporter of a node that reads this page; closed with it. */
  public static Exporter onNode(Installation installation, String node, RecordedDcgm dcgm) {
    return onNode(installation, node, node, "exporter", dcgm);
  }

  private static Exporter onNode(
      Installation installation,
      String node,
      String claimedNode,
      String serviceAccount,
      RecordedDcgm dcgm) {
    return onNode(installation, node, claimedNode, serviceAccount, dcgmFlags(dcgm), dcgm::close);
  }

  private static List<String> dcgmFlags(RecordedDcgm dcgm) {
    return List.of("--dcgm-url=" + dcgm.url(), "--dcgm-scrape-interval=1s");
  }

  private static Exporter onNode(
      Installation installation,
      String node,
      String claimedNode,
      String serviceAccount,
      List<String> sourceFlags,
      Source source) {
    var pod =
        GpuPod.onNode(Installation.NAMESPACE, serviceAccount + "-" + node, node)
            .withServiceAccount(serviceAccount);
    installation.plane().objects().pod(pod);
    Path folder = folder(installation, pod.name());
    PemFiles certificate =
        installation
            .authority()
            .issueServer(LEASES_NAME, new SubjectName.Dns(LEASES_NAME))
            .writeTo(folder, "lease");
    List<Integer> ports = LoopbackPorts.free(2);
    List<String> flags = new ArrayList<>(sourceFlags);
    flags.addAll(
        List.of(
            "--node-name=" + claimedNode,
            "--lease-listen=127.0.0.1:" + ports.get(1),
            "--lease-tls-cert-file=" + certificate.certificate(),
            "--lease-tls-private-key-file=" + certificate.privateKey(),
            "--lease-time-to-live=" + installation.leases().timeToLive().toSeconds() + "s",
            "--kubernetes-server=" + installation.plane().serverUrl(),
            "--kubernetes-ca-file="
                + write(
                    folder, "cluster-ca.crt", installation.plane().authority().certificatePem()),
            "--kubernetes-token-file="
                + write(
                    folder,
                    "cluster-token",
                    installation.plane().objects().token(Installation.NAMESPACE, "exporter"))));
    return start(installation, folder, pod, ports, flags, source).awaitLeases();
  }

  private Exporter awaitLeases() {
    process.await("takes leases", START_TIMEOUT, () -> LoopbackPorts.isOpen(leasePort));
    return this;
  }

  /**
   * The next process of an exporter of a node, as after a rolling update: this one is asked to end,
   * and the same program starts with the same flags. What it reads goes on.
   */
  public Exporter restart() {
    process.signal(ProcessSignal.TERM);
    var _ = process.awaitExit(START_TIMEOUT);
    process.close();
    return start(spec, source, metricsPort, leasePort).awaitLeases();
  }

  /**
   * Kills the process as a crash would, and starts it again as the kubelet would: at the same
   * place, with the same files. This one is not to be used any more.
   */
  public Exporter killedAndStartedAgain() {
    process.kill();
    process.close();
    return start(spec, source, metricsPort, leasePort).awaitLeases();
  }

  /** A reader of queues of a broker. */
  public static Exporter ofQueues(
      Installation installation, String name, URI broker, List<String> queues) {
    return ofQueues(installation, name, broker, queues, List.of());
  }

  /** A reader that agrees with others on who reads, by the Lease of the manifests. */
  public static Exporter ofSharedQueues(
      Installation installation, String name, URI broker, List<String> queues) {
    Path folder = folder(installation, name);
    String token = installation.plane().objects().token(Installation.NAMESPACE, "queue-reader");
    return ofQueues(
        installation,
        name,
        broker,
        queues,
        List.of(
            "--rabbitmq-lease-namespace=" + Installation.NAMESPACE,
            "--kubernetes-server=" + installation.plane().serverUrl(),
            "--kubernetes-ca-file="
                + write(
                    folder, "cluster-ca.crt", installation.plane().authority().certificatePem()),
            "--kubernetes-token-file=" + write(folder, "cluster-token", token)));
  }

  /** A reader of queues of a broker, with more flags than it needs. */
  public static Exporter ofQueues(
      Installation installation,
      String name,
      URI broker,
      List<String> queues,
      List<String> moreFlags) {
    installation.plane().objects().gpuNode("queue-reader-node", 0);
    var pod =
        GpuPod.onNode(Installation.NAMESPACE, name, "queue-reader-node")
            .withServiceAccount("queue-reader");
    installation.plane().objects().pod(pod);
    List<String> flags = new ArrayList<>(moreFlags);
    flags.add("--rabbitmq-uri=" + broker);
    flags.add("--rabbitmq-poll-interval=200ms");
    queues.forEach(queue -> flags.add("--rabbitmq-queue=" + queue));
    return start(
        installation, folder(installation, name), pod, LoopbackPorts.free(2), flags, () -> {});
  }

  private static Exporter start(
      Installation installation,
      Path folder,
      GpuPod pod,
      List<Integer> ports,
      List<String> flags,
      Source source) {
    List<String> command = new ArrayList<>();
    command.add(Repository.path("bin", "gpuscaling-exporter").toString());
    command.add("--listen=127.0.0.1:" + ports.get(0));
    installation
        .adapters()
        .forEach(adapter -> command.add("--adapter=127.0.0.1:" + adapter.grpcPort()));
    command.add("--adapter-server-name=" + Installation.ADAPTER_NAME);
    command.add("--adapter-ca-file=" + installation.caFile());
    command.add(
        "--adapter-token-file="
            + write(
                folder,
                "adapter-token",
                installation.plane().objects().podToken(pod, INGEST_AUDIENCE)));
    command.addAll(flags);
    return start(
        ProcessSpec.of(pod.name(), folder.resolve("log"), command),
        source,
        ports.get(0),
        ports.get(1));
  }

  private static Exporter start(ProcessSpec spec, Source source, int metricsPort, int leasePort) {
    ManagedProcess process = ManagedProcess.start(spec);
    process.await("serves /metrics", START_TIMEOUT, () -> LoopbackPorts.isOpen(metricsPort));
    return new Exporter(spec, process, source, metricsPort, leasePort);
  }

  private static Path folder(Installation installation, String name) {
    try {
      return Files.createDirectories(installation.folder(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path write(Path folder, String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it is the one that reads the broker, as it says itself; false when it says nothing. */
  public boolean isReading(String broker) {
    return page().contains("gpuscaling_rabbitmq_reading{broker=\"" + broker + "\",} 1.0");
  }

  /** Its {@code /metrics}; nothing when it does not answer, since it is frozen or gone. */
  public String page() {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + metricsPort + "/metrics"))
              .timeout(PAGE_TIMEOUT)
              .build();
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException _) {
      return "";
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** Where {@code /metrics} is. */
  public int metricsPort() {
    return metricsPort;
  }

  /** Where workers take leases. */
  public int leasePort() {
    return leasePort;
  }

  /** The process, to be killed or frozen. */
  public ManagedProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
    source.close();
  }
}
