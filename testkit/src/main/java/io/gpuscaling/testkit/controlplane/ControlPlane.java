package io.gpuscaling.testkit.controlplane;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.ClientTls;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.gpuscaling.testkit.pki.SubjectName;
import io.gpuscaling.testkit.process.LoopbackPorts;
import io.gpuscaling.testkit.process.ManagedProcess;
import io.gpuscaling.testkit.process.ProcessSpec;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * etcd, kube-apiserver and kube-controller-manager as child processes on free loopback ports, with
 * everything that they write below one folder: {@code pki/}, {@code kubeconfig/}, {@code log/},
 * {@code etcd/}. The HPA looks every 2 seconds. There is no scheduler and no kubelet: pods name
 * their node, and {@link #startKwok} makes them run. Safe for use by any thread.
 */
public final class ControlPlane implements AutoCloseable {

  /** How often the HPA controller looks. */
  public static final Duration HPA_SYNC_PERIOD = Duration.ofSeconds(2);

  /** The CN of the certificate by which the aggregator proves itself to extension API servers. */
  public static final String FRONT_PROXY_NAME = "front-proxy-client";

  private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
  private static final int PORT_COUNT = 3;
  private static final String AUTHENTICATION_CONFIG_MAP =
      "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
  private static final String CONTROLLERS =
      "deployment-controller,replicaset-controller,horizontal-pod-autoscaler-controller,"
          + "namespace-controller,serviceaccount-controller,serviceaccount-token-controller";

  private final Path folder;
  private final ControlPlaneTools tools;
  private final CertificateAuthority authority;
  private final CertificateAuthority frontProxyAuthority;
  private final IssuedCertificate frontProxyClient;
  private final int apiServerPort;
  private final int etcdPort;
  private final int etcdPeerPort;
  private final List<String> featureGates;
  private final Kubeconfig kubeconfigs;
  private final IssuedCertificate admin;
  private final KubernetesApi api;
  private volatile Optional<ManagedProcess> apiServer = Optional.empty();

  /** What is to be closed, last first; guarded by itself. */
  private final Deque<AutoCloseable> running = new ArrayDeque<>();

  private ControlPlane(
      Path folder,
      ControlPlaneTools tools,
      InstantSource clock,
      List<Integer> ports,
      List<String> featureGates) {
    this.featureGates = featureGates;
    this.folder = folder.toAbsolutePath();
    this.tools = tools;
    authority = CertificateAuthority.create("test-cluster-ca", clock);
    frontProxyAuthority = CertificateAuthority.create("test-front-proxy-ca", clock);
    frontProxyClient = frontProxyAuthority.issueClient(FRONT_PROXY_NAME);
    apiServerPort = ports.get(0);
    etcdPort = ports.get(1);
    etcdPeerPort = ports.get(2);
    kubeconfigs = new Kubeconfig(serverUrl(), authority.certificatePem());
    admin = authority.issueClient("admin", "system:masters");
    api =
        new KubernetesApi(
            URI.create(serverUrl()), ClientTls.trusting(authority, admin), Optional.empty());
    running.push(api);
  }

  /**
   * Starts it, with the binaries that {@link ControlPlaneTools#locate} finds.
   *
   * @param folder is made; must be empty or not exist
   */
  public static ControlPlane start(Path folder) {
    return start(
        folder, ControlPlaneTools.locate(System.getenv(), Path.of("")), InstantSource.system());
  }

  /**
   * Starts one on which a feature gate of Kubernetes is off that is on by default.
   *
   * @param folder is made; must be empty or not exist
   */
  public static ControlPlane startWithout(Path folder, String featureGate) {
    return start(
        folder,
        ControlPlaneTools.locate(System.getenv(), Path.of("")),
        InstantSource.system(),
        List.of("--feature-gates=" + featureGate + "=false"));
  }

  /**
   * Starts it and waits until it answers, about 4 seconds.
   *
   * @throws io.gpuscaling.testkit.process.ProcessFailedException when a part does not get ready;
   *     the message holds the end of its log, and all that had started is ended
   */
  public static ControlPlane start(Path folder, ControlPlaneTools tools, InstantSource clock) {
    return start(folder, tools, clock, List.of());
  }

  private static ControlPlane start(
      Path folder, ControlPlaneTools tools, InstantSource clock, List<String> featureGates) {
    var plane =
        new ControlPlane(folder, tools, clock, LoopbackPorts.free(PORT_COUNT), featureGates);
    try {
      plane.startAll();
      return plane;
    } catch (RuntimeException e) {
      plane.close();
      throw e;
    }
  }

  /** Where the API server listens, {@code https://127.0.0.1:PORT}. */
  public String serverUrl() {
    return "https://127.0.0.1:" + apiServerPort;
  }

  /** The API as cluster administrator. */
  public KubernetesApi api() {
    return api;
  }

  /** Objects that tests need, made as cluster administrator. */
  public ClusterObjects objects() {
    return new ClusterObjects(api);
  }

  /** The API as the bearer of a token; is closed with the control plane. */
  public KubernetesApi apiAs(String token) {
    return register(
        new KubernetesApi(
            URI.create(serverUrl()), ClientTls.trusting(authority), Optional.of(token)));
  }

  /** kubectl as cluster administrator. */
  public Kubectl kubectl() {
    return kubectl(adminKubeconfig());
  }

  /** kubectl as the identity of a kubeconfig file. */
  public Kubectl kubectl(Path kubeconfig) {
    return new Kubectl(tools, kubeconfig, folder.resolve("home"));
  }

  /** The administrator's kubeconfig file. */
  public Path adminKubeconfig() {
    return kubeconfigFile("admin");
  }

  /**
   * Writes a kubeconfig for a user with a client certificate.
   *
   * @param fileName the file's name, in the folder {@code kubeconfig}
   */
  public Path kubeconfigForUser(String fileName, String user, String... groups) {
    return kubeconfigs.write(kubeconfigFile(fileName), authority.issueClient(user, groups));
  }

  /**
   * Writes a kubeconfig for the bearer of a token.
   *
   * @param fileName the file's name, in the folder {@code kubeconfig}
   */
  public Path kubeconfigForToken(String fileName, String token) {
    return kubeconfigs.write(kubeconfigFile(fileName), token);
  }

  /** The authority that the API server's certificate and all client certificates come from. */
  public CertificateAuthority authority() {
    return authority;
  }

  /** The authority that extension API servers trust for identity headers. */
  public CertificateAuthority frontProxyAuthority() {
    return frontProxyAuthority;
  }

  /** What the aggregator proves itself with, so that a test can speak in its place. */
  public IssuedCertificate frontProxyClient() {
    return frontProxyClient;
  }

  /** The folder with everything, logs in {@code log/}. */
  public Path folder() {
    return folder;
  }

  /** Starts kwok with its default stages; is closed with the control plane. */
  public Kwok startKwok() {
    return startKwok(Kwok.defaultStages(tools));
  }

  /** Starts kwok with stages of the test's own; is closed with the control plane. */
  public Kwok startKwok(List<Path> stages) {
    return register(Kwok.start(tools, adminKubeconfig(), folder, stages));
  }

  /**
   * Starts kwok so that {@link MetricsServer} can ask what pods use: what their annotations {@code
   * kwok.x-k8s.io/usage-cpu} and {@code kwok.x-k8s.io/usage-memory} say for each container. Nodes
   * are made by {@link MetricsServer#node}. Is closed with the control plane.
   */
  public Kwok startMeasuringKwok() {
    List<Path> files = new ArrayList<>(Kwok.defaultStages(tools));
    files.addAll(MetricsServer.usageFiles());
    return register(
        Kwok.startMeasuring(
            tools,
            adminKubeconfig(),
            folder,
            files,
            authority
                .issueServer("kwok", new SubjectName.Ip("127.0.0.1"))
                .writeTo(folder.resolve("pki"), "kwok")));
  }

  /** The binaries. */
  public ControlPlaneTools tools() {
    return tools;
  }

  /** Ends the API server as an upgrade of its node would, and starts it again where it was. */
  public void restartApiServer() {
    apiServer.orElseThrow().stop(ManagedProcess.DEFAULT_GRACE);
    startApiServer();
  }

  private void startApiServer() {
    var pki = new ControlPlanePki(folder.resolve("pki"), authority, frontProxyAuthority);
    var process = startProcess("kube-apiserver", apiServerArguments(pki));
    apiServer = Optional.of(process);
    process.await("is ready", START_TIMEOUT, this::isReady);
  }

  /**
   * A file of the control plane's certificates, {@code front-proxy-ca.crt}, {@code
   * front-proxy-client.crt}, ...: the API server reads these again when they change.
   */
  public Path pkiFile(String name) {
    return folder.resolve("pki").resolve(name);
  }

  /** Ends everything, last started first. Logs stay. */
  @Override
  public void close() {
    synchronized (running) {
      while (!running.isEmpty()) {
        try {
          running.pop().close();
        } catch (Exception e) {
          throw new IllegalStateException("cannot end a part of the control plane", e);
        }
      }
    }
  }

  private <T extends AutoCloseable> T register(T part) {
    synchronized (running) {
      running.push(part);
    }
    return part;
  }

  private void startAll() {
    var pki = new ControlPlanePki(folder.resolve("pki"), authority, frontProxyAuthority);
    pki.write(frontProxyClient);
    kubeconfigs.write(adminKubeconfig(), admin);
    var etcd = startProcess("etcd", etcdArguments());
    etcd.await("listens", START_TIMEOUT, () -> LoopbackPorts.isOpen(etcdPort));
    startApiServer();
    var controllers =
        startProcess("kube-controller-manager", controllerManagerArguments(pki, CONTROLLERS));
    // The adapter reads it at its start, and the API server writes it a moment after it is ready.
    api.await(AUTHENTICATION_CONFIG_MAP, START_TIMEOUT, KubernetesApi.Answer::isSuccess);
    controllers.await(
        "makes service accounts",
        START_TIMEOUT,
        () -> api.get("/api/v1/namespaces/default/serviceaccounts/default").isSuccess());
  }

  private boolean isReady() {
    try {
      return api.get("/readyz").isSuccess();
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private ManagedProcess startProcess(String tool, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(tools.path(tool));
    command.addAll(arguments);
    if (tool.startsWith("kube-")) {
      command.addAll(featureGates);
    }
    return register(
        ManagedProcess.start(
            ProcessSpec.of(tool, folder.resolve("log").resolve(tool + ".log"), command)));
  }

  private List<String> etcdArguments() {
    String peer = "http://127.0.0.1:" + etcdPeerPort;
    return List.of(
        "--data-dir=" + folder.resolve("etcd"),
        "--listen-client-urls=" + etcdUrl(),
        "--advertise-client-urls=" + etcdUrl(),
        "--listen-peer-urls=" + peer,
        "--initial-advertise-peer-urls=" + peer,
        "--initial-cluster=default=" + peer,
        "--unsafe-no-fsync");
  }

  private List<String> apiServerArguments(ControlPlanePki pki) {
    return List.of(
        "--etcd-servers=" + etcdUrl(),
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--secure-port=" + apiServerPort,
        "--tls-cert-file=" + pki.file("apiserver.crt"),
        "--tls-private-key-file=" + pki.file("apiserver.key"),
        "--client-ca-file=" + pki.file("ca.crt"),
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + pki.file("service-accounts.crt"),
        "--service-account-signing-key-file=" + pki.file("service-accounts.key"),
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        // It would refuse pods of an account that the controller has not made yet.
        "--disable-admission-plugins=ServiceAccount",
        "--requestheader-client-ca-file=" + pki.file("front-proxy-ca.crt"),
        "--requestheader-allowed-names=" + FRONT_PROXY_NAME,
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--proxy-client-cert-file=" + pki.file("front-proxy-client.crt"),
        "--proxy-client-key-file=" + pki.file("front-proxy-client.key"),
        "--endpoint-reconciler-type=none");
  }

  private List<String> controllerManagerArguments(ControlPlanePki pki, String controllers) {
    String kubeconfig =
        kubeconfigForUser("controller-manager", "system:kube-controller-manager").toString();
    return List.of(
        "--kubeconfig=" + kubeconfig,
        "--authentication-kubeconfig=" + kubeconfig,
        "--authorization-kubeconfig=" + kubeconfig,
        // Nobody asks it anything, and its usual port may be taken.
        "--secure-port=0",
        "--use-service-account-credentials=true",
        "--service-account-private-key-file=" + pki.file("service-accounts.key"),
        "--root-ca-file=" + pki.file("ca.crt"),
        "--leader-elect=false",
        "--horizontal-pod-autoscaler-sync-period=" + HPA_SYNC_PERIOD.toSeconds() + "s",
        "--controllers=" + controllers);
  }

  /**
   * Starts the garbage collector beside the other controllers, which do without it: it would take
   * away whatever tests make with owners that are not there. The caller closes it.
   */
  public AutoCloseable startGarbageCollector() {
    var command = new ArrayList<String>();
    command.add(tools.path("kube-controller-manager"));
    command.addAll(
        controllerManagerArguments(
            new ControlPlanePki(folder.resolve("pki"), authority, frontProxyAuthority),
            "garbage-collector-controller"));
    return ManagedProcess.start(
        ProcessSpec.of(
            "garbage-collector", folder.resolve("log").resolve("garbage-collector.log"), command));
  }

  private String etcdUrl() {
    return "http://127.0.0.1:" + etcdPort;
  }

  private Path kubeconfigFile(String name) {
    return folder.resolve("kubeconfig").resolve(name);
  }
}
