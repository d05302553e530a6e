package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.ControlPlane;
import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.Command;
import io.gpuscaling.testkit.process.ProcessSignal;
import io.gpuscaling.testkit.process.ScratchFolder;
import io.gpuscaling.testkit.relay.TcpRelay;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The system as installed in a cluster: service accounts and rights from {@code manifests/base},
 * two adapters behind a relay that the APIServices lead to. One for all test classes; a test keeps
 * to its own namespaces and nodes.
 */
public final class Installation implements AutoCloseable {

  /** The namespace of the programs. */
  public static final String NAMESPACE = "gpuscaling";

  /** The name on the adapters' certificate. */
  public static final String ADAPTER_NAME = "metrics-adapter.gpuscaling.svc";

  /** Time to live of task leases here; the default of 30 s would make the tests wait. */
  public static final Duration LEASE_TIME_TO_LIVE = Duration.ofSeconds(3);

  /** Age at which task samples no longer count here. */
  public static final Duration LEASES_FRESH_FOR = Duration.ofSeconds(5);

  /**
   * Of task leases.
   *
   * @param timeToLive at the exporters
   * @param freshFor age at which the adapters do not count them any more
   */
  public record LeaseTimes(Duration timeToLive, Duration freshFor) {

    /** For tests that wait for both. */
    public static final LeaseTimes SHORT = new LeaseTimes(LEASE_TIME_TO_LIVE, LEASES_FRESH_FOR);
  }

  /** What of the manifests a control plane without kubelets can use: identities and rights. */
  private static final Set<String> USABLE_KINDS =
      Set.of(
          "Namespace",
          "ServiceAccount",
          "Secret",
          "ConfigMap",
          "Lease",
          "Role",
          "RoleBinding",
          "ClusterRole",
          "ClusterRoleBinding");

  private static final Duration ROLL_TIMEOUT = Duration.ofSeconds(90);

  private static final List<String> API_GROUPS =
      List.of(
          "custom.metrics.k8s.io/v1beta1",
          "custom.metrics.k8s.io/v1beta2",
          "subresources.gpuscaling.io/v1alpha1",
          "external.metrics.k8s.io/v1beta1");

  private final ControlPlane plane;
  private final Path folder;
  private final CertificateAuthority authority =
      CertificateAuthority.create("gpuscaling-ca", InstantSource.system());
  private final Path caFile;
  private final List<Adapter> adapters = new ArrayList<>();
  private final TcpRelay relay;

  private final Duration drainDelay;
  private final LeaseTimes leases;
  private final String configuration;

  private Installation(
      ControlPlane plane,
      Path folder,
      Duration drainDelay,
      LeaseTimes leases,
      String configuration) {
    this.drainDelay = drainDelay;
    this.leases = leases;
    this.configuration = configuration;
    this.plane = plane;
    this.folder = folder;
    this.caFile = write("ca.crt", authority.certificatePem());
    this.relay = TcpRelay.start(List.of());
  }

  /** Installs it and waits until the cluster calls all three APIs available. */
  public static Installation install(ControlPlane plane, Path folder) {
    return install(plane, folder, Duration.ZERO);
  }

  /**
   * Installs it and waits until the cluster calls all three APIs available.
   *
   * @param drainDelay how long adapters go on serving, not ready, after SIGTERM
   */
  public static Installation install(ControlPlane plane, Path folder, Duration drainDelay) {
    return install(plane, folder, drainDelay, "");
  }

  /**
   * Installs it and waits until the cluster calls all three APIs available.
   *
   * @param drainDelay how long adapters go on serving, not ready, after SIGTERM
   * @param configuration more of the adapters' configuration file
   */
  public static Installation install(
      ControlPlane plane, Path folder, Duration drainDelay, String configuration) {
    return install(plane, folder, drainDelay, LeaseTimes.SHORT, configuration);
  }

  /**
   * Installs it and waits until the cluster calls all three APIs available.
   *
   * @param drainDelay how long adapters go on serving, not ready, after SIGTERM
   * @param leases how long they live and count
   * @param configuration more of the adapters' configuration file
   */
  public static Installation install(
      ControlPlane plane,
      Path folder,
      Duration drainDelay,
      LeaseTimes leases,
      String configuration) {
    var installation =
        new Installation(plane, ScratchFolder.empty(folder), drainDelay, leases, configuration);
    plane
        .kubectl()
        .run("apply", "--server-side", "-k", Repository.path("manifests", "crds").toString())
        .orThrow();
    applyRights(plane, "base");
    for (String component : List.of("deletion-costs", "autoscalers")) {
      plane
          .kubectl()
          .run(
              "apply",
              "-f",
              Repository.path("manifests", "components", component, "rights.yaml").toString())
          .orThrow();
    }
    installation.adapters.add(installation.startAdapter("adapter-1"));
    installation.adapters.add(installation.startAdapter("adapter-2"));
    plane.objects().loopbackService(NAMESPACE, "metrics-adapter", installation.relay.port());
    for (String group : API_GROUPS) {
      String[] parts = group.split("/", -1);
      plane
          .objects()
          .apiService(
              parts[0],
              parts[1],
              NAMESPACE,
              "metrics-adapter",
              installation.relay.port(),
              installation.authority.certificatePem());
    }
    for (String group : API_GROUPS) {
      String[] parts = group.split("/", -1);
      plane.objects().awaitAvailable(parts[0], parts[1]);
    }
    return installation;
  }

  /**
   * Applies what of a kustomization can be used here.
   *
   * @param kustomization below {@code manifests/}: {@code base}
   */
  public static void applyRights(ControlPlane plane, String kustomization) {
    Command.Result rendered =
        plane
            .kubectl()
            .run("kustomize", Repository.path("manifests").resolve(kustomization).toString());
    String usable =
        List.of(rendered.stdout().split("(?m)^---$", -1)).stream()
            .filter(document -> USABLE_KINDS.contains(kind(document)))
            .collect(Collectors.joining("---"));
    plane.kubectl().apply(usable);
  }

  private static String kind(String document) {
    return document
        .lines()
        .filter(line -> line.startsWith("kind: "))
        .findFirst()
        .orElse("kind: ")
        .substring(6)
        .strip();
  }

  private Adapter startAdapter(String name) {
    Adapter adapter = startAlone(name, drainDelay);
    relay.addBackend(backend(adapter));
    return adapter;
  }

  /**
   * Starts an adapter that gets no requests of the cluster; the caller closes it.
   *
   * @param drainDelay how long it goes on serving, not ready, after SIGTERM
   */
  public Adapter startAlone(String name, Duration drainDelay) {
    IssuedCertificate certificate =
        authority.issueServer(
            ADAPTER_NAME, new SubjectName.Dns(ADAPTER_NAME), new SubjectName.Ip("127.0.0.1"));
    Path kubeconfig =
        plane.kubeconfigForToken(name, plane.objects().token(NAMESPACE, "metrics-adapter"));
    return Adapter.start(
        name,
        folder.resolve(name),
        certificate.writeTo(folder.resolve(name), "tls"),
        kubeconfig,
        drainDelay,
        leases.freshFor(),
        configuration);
  }

  /** Waits until another adapter than this one decides for scaling policies, and says which. */
  public int awaitLeaderBeside(int former) {
    int[] leader = {-1};
    var _ =
        plane
            .api()
            .await(
                "/apis/coordination.k8s.io/v1/namespaces/"
                    + NAMESPACE
                    + "/leases/metrics-adapter-policies",
                ROLL_TIMEOUT,
                answer -> {
                  String[] holder =
                      answer.body().at("/spec/holderIdentity").asString("").split("_", -1);
                  for (int i = 0; i < adapters.size(); i++) {
                    if (i != former
                        && holder.length == 3
                        && holder[1].equals(String.valueOf(adapters.get(i).process().pid()))) {
                      leader[0] = i;
                    }
                  }
                  return leader[0] >= 0;
                });
    return leader[0];
  }

  /** The adapters, as started. */
  public List<Adapter> adapters() {
    return List.copyOf(adapters);
  }

  /** Starts an adapter that was killed again, where it was. */
  public void restartAdapter(int index) {
    Adapter former = adapters.get(index);
    former.close();
    adapters.set(index, former.restart());
  }

  private static InetSocketAddress backend(Adapter adapter) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), adapter.securePort());
  }

  /**
   * Replaces an adapter as a rolling update does: SIGTERM; no new connections once it says that it
   * is not ready; started again; new connections once it says that it is.
   */
  public void rollAdapter(int index) {
    Adapter former = adapters.get(index);
    former.process().signal(ProcessSignal.TERM);
    former.awaitReady(authority, false);
    relay.removeBackend(backend(former));
    former.process().awaitExit(ROLL_TIMEOUT);
    former.close();
    Adapter next = former.restart();
    adapters.set(index, next);
    next.awaitReady(authority, true);
    relay.addBackend(backend(next));
  }

  /** The times of its leases. */
  public LeaseTimes leases() {
    return leases;
  }

  /** The cluster. */
  public ControlPlane plane() {
    return plane;
  }

  /** The CA of the adapters' and exporters' own certificates. */
  public Path caFile() {
    return caFile;
  }

  /** The CA itself. */
  public CertificateAuthority authority() {
    return authority;
  }

  /** A folder of its own for a part. */
  public Path folder(String name) {
    return folder.resolve(name);
  }

  private Path write(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    adapters.forEach(Adapter::close);
    relay.close();
  }
}
