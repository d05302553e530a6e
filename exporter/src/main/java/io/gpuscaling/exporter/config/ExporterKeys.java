package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.ConfigSchema;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.HostPort;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.Validation;
import io.gpuscaling.core.logging.ProgramLogging;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Everything that can be set in the exporter. */
public final class ExporterKeys {

  static final ScalarKey<HostPort> LISTEN =
      ScalarKey.withDefault(
          "listen",
          ScalarType.listenAddress(),
          new HostPort("127.0.0.1", 9401),
          "Address of /metrics, /livez and /readyz, plain HTTP.");

  static final ScalarKey<Optional<String>> NODE_NAME =
      ScalarKey.optional(
          "node.name",
          ScalarType.text("NODE"),
          "The node that this exporter runs on; from spec.nodeName. Needed for GPUs and task leases.");

  static final ScalarKey<Optional<HostPort>> LEASE_LISTEN =
      ScalarKey.optional(
          "lease.listen",
          ScalarType.listenAddress(),
          "Address of the task lease service (gRPC, TLS); none: no leases.");

  static final ScalarKey<Optional<HostPort>> LEASE_HTTP_LISTEN =
      ScalarKey.optional(
          "lease.httpListen",
          ScalarType.listenAddress(),
          "Address of the same service as HTTP with JSON (TLS), for workers without gRPC; none: gRPC alone.");

  static final ScalarKey<List<String>> LEASE_NAMESPACES =
      ScalarKey.list(
              "lease.namespaces",
              ScalarType.text("NAMESPACE"),
              "Namespaces whose pods may take leases; none or '*': all.")
          .flag("--lease-namespace");

  static final ScalarKey<List<String>> LEASE_ORCHESTRATORS =
      ScalarKey.list(
              "lease.orchestrators",
              ScalarType.text("NAMESPACE/SERVICEACCOUNT"),
              "ServiceAccounts (NAMESPACE/NAME) that may hold leases for the pods that they name.")
          .flag("--lease-orchestrator");

  static final ScalarKey<Optional<Path>> LEASE_TLS_CERT_FILE =
      ScalarKey.optional(
          "lease.tlsCertFile",
          ScalarType.filePath(),
          "PEM chain of the lease service, for the name of its Service; read again when it changes.");

  static final ScalarKey<Optional<Path>> LEASE_TLS_PRIVATE_KEY_FILE =
      ScalarKey.optional(
          "lease.tlsPrivateKeyFile", ScalarType.filePath(), "PEM key of that certificate.");

  static final ScalarKey<String> LEASE_AUDIENCE =
      ScalarKey.withDefault(
          "lease.audience",
          ScalarType.text("AUDIENCE"),
          "gpuscaling-leases",
          "The audience that workers' projected tokens must have.");

  static final ScalarKey<Duration> LEASE_TIME_TO_LIVE =
      ScalarKey.withDefault(
          "lease.timeToLive",
          ScalarType.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)),
          Duration.ofSeconds(30),
          "After which a session or task that is not renewed ends. Longer than a worker's longest pause.");

  static final ScalarKey<Optional<Path>> LEASE_STATE_FILE =
      ScalarKey.optional(
          "lease.stateFile",
          ScalarType.filePath(),
          "File in which leases outlive a restart on the same boot of the node, so that tasks do not become unknown; none: not kept.");

  static final ScalarKey<List<HostPort>> ADAPTERS =
      ScalarKey.list(
              "adapter.addresses",
              ScalarType.serverAddress(),
              "The adapters' gRPC address; every address behind the name gets a stream. None: /metrics alone.")
          .flag("--adapter");

  static final ScalarKey<Optional<Path>> ADAPTER_CA_FILE =
      ScalarKey.optional(
          "adapter.caFile",
          ScalarType.filePath(),
          "PEM file of the CA of the adapters' certificates.");

  static final ScalarKey<Optional<String>> ADAPTER_SERVER_NAME =
      ScalarKey.optional(
          "adapter.serverName",
          ScalarType.text("NAME"),
          "The name that the adapters' certificates must have, when it is not the host of the address.");

  static final ScalarKey<Optional<Path>> ADAPTER_TOKEN_FILE =
      ScalarKey.optional(
          "adapter.tokenFile",
          ScalarType.filePath(),
          "File with this pod's projected token for the adapters; read again for each stream.");

  static final ScalarKey<Optional<Path>> ADAPTER_CERT_FILE =
      ScalarKey.optional(
          "adapter.certFile",
          ScalarType.filePath(),
          "PEM client certificate, in place of a token.");

  static final ScalarKey<Optional<Path>> ADAPTER_KEY_FILE =
      ScalarKey.optional(
          "adapter.keyFile", ScalarType.filePath(), "PEM key of the client certificate.");

  static final ScalarKey<Duration> ADAPTER_RESOLVE_INTERVAL =
      ScalarKey.withDefault(
          "adapter.resolveInterval",
          ScalarType.duration(Duration.ofMillis(100), Duration.ofMinutes(10)),
          Duration.ofSeconds(5),
          "How often the adapters' names are looked up again.");

  static final ScalarKey<URI> KUBERNETES_SERVER =
      ScalarKey.withDefault(
          "kubernetes.server",
          ScalarType.uri("https"),
          URI.create("https://kubernetes.default.svc"),
          "The Kubernetes API server, which reviews workers' tokens and keeps Leases.");

  static final ScalarKey<Path> KUBERNETES_CA_FILE =
      ScalarKey.withDefault(
          "kubernetes.caFile",
          ScalarType.filePath(),
          Path.of("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"),
          "PEM file of the CA of its certificate.");

  static final ScalarKey<Path> KUBERNETES_TOKEN_FILE =
      ScalarKey.withDefault(
          "kubernetes.tokenFile",
          ScalarType.filePath(),
          Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token"),
          "File with this pod's token for it; read again for each request.");

  private static final KeyGroup LEASES =
      new KeyGroup(
          "Task leases",
          List.of(
              LEASE_LISTEN,
              LEASE_HTTP_LISTEN,
              LEASE_TLS_CERT_FILE,
              LEASE_TLS_PRIVATE_KEY_FILE,
              LEASE_AUDIENCE,
              LEASE_NAMESPACES,
              LEASE_ORCHESTRATORS,
              LEASE_TIME_TO_LIVE,
              LEASE_STATE_FILE));

  private ExporterKeys() {}

  /** All keys, and the checks across them. */
  public static ConfigSchema schema() {
    return new ConfigSchema(
        List.of(
            new KeyGroup("Endpoint", List.of(LISTEN, NODE_NAME)),
            DcgmKeys.GROUP,
            NvmlKeys.GROUP,
            PodResourcesKeys.GROUP,
            QueueKeys.GROUP,
            LEASES,
            AppKeys.GROUP,
            TaskKeys.GROUP,
            new KeyGroup(
                "Adapters",
                List.of(
                    ADAPTERS,
                    ADAPTER_CA_FILE,
                    ADAPTER_SERVER_NAME,
                    ADAPTER_TOKEN_FILE,
                    ADAPTER_CERT_FILE,
                    ADAPTER_KEY_FILE,
                    ADAPTER_RESOLVE_INTERVAL)),
            new KeyGroup(
                "Kubernetes",
                List.of(KUBERNETES_SERVER, KUBERNETES_CA_FILE, KUBERNETES_TOKEN_FILE)),
            ProgramLogging.KEYS),
        List.of(
            new Validation(
                List.of(
                    DcgmKeys.URL,
                    NvmlKeys.MODE,
                    QueueKeys.RABBITMQ_URI,
                    QueueKeys.RABBITMQ_BROKERS,
                    AppKeys.ENDPOINTS,
                    LEASE_LISTEN),
                ExporterKeys::checkSources),
            DcgmKeys.SCRAPE,
            DcgmKeys.TARGET,
            DcgmKeys.FIELDS,
            DcgmKeys.SIZES,
            QueueKeys.CONSISTENT,
            AppKeys.CONSISTENT,
            TaskKeys.CONSISTENT,
            new Validation(
                List.of(
                    LEASE_LISTEN,
                    LEASE_HTTP_LISTEN,
                    LEASE_TLS_CERT_FILE,
                    LEASE_TLS_PRIVATE_KEY_FILE,
                    NODE_NAME),
                ExporterKeys::checkLeases),
            new Validation(List.of(LEASE_ORCHESTRATORS), ExporterKeys::checkOrchestrators),
            new Validation(
                List.of(
                    ADAPTERS,
                    ADAPTER_CA_FILE,
                    ADAPTER_TOKEN_FILE,
                    ADAPTER_CERT_FILE,
                    ADAPTER_KEY_FILE),
                ExporterKeys::checkAdapters),
            new Validation(
                List.of(
                    ADAPTERS,
                    NODE_NAME,
                    DcgmKeys.URL,
                    NvmlKeys.MODE,
                    QueueKeys.RABBITMQ_URI,
                    QueueKeys.RABBITMQ_BROKERS,
                    AppKeys.ENDPOINTS,
                    LEASE_LISTEN),
                ExporterKeys::checkScope)));
  }

  private static List<ConfigProblem> checkSources(Configuration config) {
    boolean none =
        config.get(DcgmKeys.URL).isEmpty()
            && !NvmlKeys.areRead(config)
            && !QueueKeys.areRead(config)
            && !AppKeys.areRead(config)
            && config.get(LEASE_LISTEN).isEmpty();
    return none
        ? List.of(
            config.problem(
                DcgmKeys.URL,
                "nothing to read: set dcgm.url, nvml.mode, lease.listen, apps.endpoints, rabbitmq.uri or rabbitmq.brokers"))
        : List.of();
  }

  private static List<ConfigProblem> checkLeases(Configuration config) {
    List<ConfigProblem> problems = new ArrayList<>();
    if (config.get(LEASE_HTTP_LISTEN).isPresent() && config.get(LEASE_LISTEN).isEmpty()) {
      problems.add(config.problem(LEASE_HTTP_LISTEN, "goes together with lease.listen"));
    }
    if (config.get(LEASE_LISTEN).isPresent()) {
      if (config.get(LEASE_TLS_CERT_FILE).isEmpty()
          || config.get(LEASE_TLS_PRIVATE_KEY_FILE).isEmpty()) {
        problems.add(
            config.problem(
                LEASE_LISTEN,
                "needs lease.tlsCertFile and lease.tlsPrivateKeyFile: leases are taken over TLS only"));
      }
      if (config.get(NODE_NAME).isEmpty()) {
        problems.add(
            config.problem(
                LEASE_LISTEN, "needs node.name: tokens of other nodes' pods are refused"));
      }
    }
    return problems;
  }

  private static List<ConfigProblem> checkOrchestrators(Configuration config) {
    return config.get(LEASE_ORCHESTRATORS).stream()
        .filter(account -> !account.matches("[a-z0-9-]+/[a-z0-9.-]+"))
        .map(account ->
            config.problem(
                LEASE_ORCHESTRATORS, "'" + account + "' is not NAMESPACE/SERVICEACCOUNT"))
        .toList();
  }

  private static List<ConfigProblem> checkAdapters(Configuration config) {
    if (config.get(ADAPTERS).isEmpty()) {
      return List.of();
    }
    List<ConfigProblem> problems = new ArrayList<>();
    if (config.get(ADAPTER_CA_FILE).isEmpty()) {
      problems.add(
          config.problem(ADAPTERS, "needs adapter.caFile: samples are streamed over TLS only"));
    }
    boolean certificate = config.get(ADAPTER_CERT_FILE).isPresent();
    if (certificate != config.get(ADAPTER_KEY_FILE).isPresent()) {
      problems.add(config.problem(ADAPTER_CERT_FILE, "goes together with adapter.keyFile"));
    }
    if (certificate == config.get(ADAPTER_TOKEN_FILE).isPresent()) {
      problems.add(
          config.problem(
              ADAPTERS,
              "needs one credential: adapter.tokenFile, or adapter.certFile with adapter.keyFile"));
    }
    return problems;
  }

  /**
   * A credential is that of a node or that of a queue reader, and a stream that says more is
   * refused.
   */
  private static List<ConfigProblem> checkScope(Configuration config) {
    if (config.get(ADAPTERS).isEmpty()) {
      return List.of();
    }
    boolean node =
        config.get(DcgmKeys.URL).isPresent()
            || NvmlKeys.areRead(config)
            || AppKeys.areRead(config)
            || config.get(LEASE_LISTEN).isPresent();
    if (node && QueueKeys.areRead(config)) {
      return List.of(
          config.problem(
              QueueKeys.brokerKey(config),
              "run a second exporter for queues: one that streams reports its node or queues, not both"));
    }
    return node && config.get(NODE_NAME).isEmpty()
        ? List.of(
            config.problem(
                ADAPTERS, "needs node.name: the adapter compares it with the credential's node"))
        : List.of();
  }
}
