package io.gpuscaling.adapter.config;

import io.gpuscaling.adapter.ingest.ExporterScope;
import io.gpuscaling.adapter.metrics.Grants;
import io.gpuscaling.core.config.ConfigProblem;
import io.gpuscaling.core.config.ConfigSchema;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.HostPort;
import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import io.gpuscaling.core.config.StructuredKey;
import io.gpuscaling.core.config.Validation;
import io.gpuscaling.core.logging.ProgramLogging;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.kubernetes.identity.ServiceAccount;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that can be set in the metrics-adapter. Flags are named as in the reference library
 * where it has them.
 */
public final class AdapterKeys {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);

  static final ScalarKey<Integer> SECURE_PORT =
      ScalarKey.withDefault(
          "securePort", ScalarType.port(), 6443, "Port of the metrics APIs (HTTPS).");

  static final ScalarKey<String> BIND_ADDRESS =
      ScalarKey.withDefault(
          "bindAddress",
          ScalarType.text("IP"),
          "0.0.0.0",
          "Address of the metrics APIs; 0.0.0.0 is all.");

  static final ScalarKey<Optional<Path>> TLS_CERT_FILE =
      ScalarKey.optional(
          "tlsCertFile",
          ScalarType.filePath(),
          "PEM chain of the metrics APIs, for SERVICE.NAMESPACE.svc; read again when it changes. Needed unless certificates.selfManaged.");

  static final ScalarKey<Optional<Path>> TLS_PRIVATE_KEY_FILE =
      ScalarKey.optional(
          "tlsPrivateKeyFile", ScalarType.filePath(), "PEM key of that certificate.");

  static final ScalarKey<Optional<Path>> KUBECONFIG =
      ScalarKey.optional(
          "kubeconfig",
          ScalarType.filePath(),
          "How the cluster is reached; without it by the pod's ServiceAccount.");

  static final ScalarKey<Optional<Path>> AUTHENTICATION_KUBECONFIG =
      ScalarKey.optional(
          "authenticationKubeconfig",
          ScalarType.filePath(),
          "How tokens are reviewed and the authentication ConfigMap is read, when otherwise than by kubeconfig.");

  static final ScalarKey<Optional<Path>> AUTHORIZATION_KUBECONFIG =
      ScalarKey.optional(
          "authorizationKubeconfig",
          ScalarType.filePath(),
          "How accesses are reviewed, when otherwise than by kubeconfig.");

  static final ScalarKey<HostPort> GRPC_LISTEN =
      ScalarKey.withDefault(
          "grpc.listen",
          ScalarType.listenAddress(),
          new HostPort("", 9443),
          "Address that exporters stream to (gRPC, TLS).");

  static final ScalarKey<Optional<Path>> GRPC_TLS_CERT_FILE =
      ScalarKey.optional(
          "grpc.tlsCertFile",
          ScalarType.filePath(),
          "PEM chain of that address; without it tlsCertFile.");

  static final ScalarKey<Optional<Path>> GRPC_TLS_PRIVATE_KEY_FILE =
      ScalarKey.optional(
          "grpc.tlsPrivateKeyFile", ScalarType.filePath(), "PEM key of that certificate.");

  static final ScalarKey<Optional<Path>> GRPC_CLIENT_CA_FILE =
      ScalarKey.optional(
          "grpc.clientCaFile",
          ScalarType.filePath(),
          "PEM file of a CA of its own for exporters' client certificates; without it only tokens are accepted.");

  static final ScalarKey<String> INGEST_AUDIENCE =
      ScalarKey.withDefault(
          "ingest.audience",
          ScalarType.text("AUDIENCE"),
          "gpuscaling-ingest",
          "The audience that exporters' projected tokens must have.");

  static final StructuredKey<Map<ServiceAccount, ExporterScope>> INGEST_IDENTITIES =
      StructuredKey.of(
          "ingest.identities",
          Map.of(),
          "Which ServiceAccounts are exporters: a list of {namespace, name, scope: node or queues}.",
          StructuredValues::identities);

  static final ScalarKey<Duration> INGEST_IDLE_TIMEOUT =
      ScalarKey.withDefault(
          "ingest.idleTimeout",
          ScalarType.duration(SECOND, HOUR),
          Duration.ofSeconds(15),
          "Longest silence of an exporter's stream; exporters send a heartbeat at a third of it.");

  static final ScalarKey<Duration> INGEST_MAX_STREAM_AGE =
      ScalarKey.withDefault(
          "ingest.maxStreamAge",
          ScalarType.duration(SECOND, Duration.ofHours(24)),
          Duration.ofMinutes(5),
          "After which an exporter must authenticate again; never later than its credential ends.");

  static final ScalarKey<Integer> INGEST_MAX_STREAMS =
      ScalarKey.withDefault(
          "ingest.maxStreams",
          ScalarType.integer(1, 100_000),
          5_000,
          "Most streams of exporters at a time.");

  static final ScalarKey<Duration> FRESHNESS_DCGM =
      freshness("freshness.dcgm", StalenessLimits.DEFAULTS.dcgm(), "GPU samples");

  static final ScalarKey<Duration> FRESHNESS_LEASES =
      freshness("freshness.leases", StalenessLimits.DEFAULTS.leases(), "task samples");

  static final ScalarKey<Duration> FRESHNESS_QUEUES =
      freshness("freshness.queues", StalenessLimits.DEFAULTS.queues(), "queue samples");

  static final ScalarKey<Duration> NODES_NOT_READY_TIMEOUT =
      ScalarKey.withDefault(
          "nodes.notReadyTimeout",
          ScalarType.duration(Duration.ZERO, Duration.ofHours(24)),
          Duration.ofMinutes(5),
          "After which a node that is not Ready is no longer expected to contribute to sums.");

  static final ScalarKey<Boolean> TASKS_BROKER =
      ScalarKey.withDefault(
          "tasks.broker",
          ScalarType.bool(),
          true,
          "Whether unacknowledged messages count as tasks of a workload's pods until its first task session.");

  static final StructuredKey<Grants> GRANTS =
      StructuredKey.of(
          "grants",
          Grants.NONE,
          "Which namespaces may read queues and nodes: a list of {namespaces, queues: [{broker, vhost, queue}], nodes}.",
          StructuredValues::grants);

  static final ScalarKey<Boolean> SERVE_CUSTOM =
      ScalarKey.withDefault(
          "apis.custom",
          ScalarType.bool(),
          true,
          "Whether custom.metrics.k8s.io is served; off where another product owns it.");

  static final ScalarKey<Boolean> SERVE_EXTERNAL =
      ScalarKey.withDefault(
          "apis.external",
          ScalarType.bool(),
          true,
          "Whether external.metrics.k8s.io is served; off where another product owns it.");

  static final ScalarKey<String> SERVICE_NAMESPACE =
      ScalarKey.withDefault(
          "service.namespace",
          ScalarType.text("NAMESPACE"),
          "gpuscaling",
          "Namespace of the Service in front of this program, by which its own APIServices are known.");

  static final ScalarKey<String> SERVICE_NAME =
      ScalarKey.withDefault(
          "service.name", ScalarType.text("NAME"), "metrics-adapter", "Name of that Service.");

  static final ScalarKey<Integer> SERVICE_PORT =
      ScalarKey.withDefault(
          "service.port",
          ScalarType.port(),
          443,
          "Port of that Service, for an APIService that is taken over.");

  static final ScalarKey<Boolean> TAKE_OVER =
      ScalarKey.withDefault(
          "apiServices.takeOver",
          ScalarType.bool(),
          false,
          "Whether APIServices of served APIs that lead to another product are made to lead here.");

  static final ScalarKey<Duration> WARM_UP =
      ScalarKey.withDefault(
          "startup.warmUp",
          ScalarType.duration(Duration.ZERO, Duration.ofMinutes(1)),
          Duration.ofSeconds(10),
          "How long a replica that starts waits at most, not ready, for every GPU node to have reported; never standalone.");

  static final ScalarKey<Duration> DRAIN_DELAY =
      ScalarKey.withDefault(
          "shutdown.drainDelay",
          ScalarType.duration(Duration.ZERO, Duration.ofMinutes(1)),
          Duration.ofSeconds(5),
          "How long to go on serving, not ready, after SIGTERM: until every API server has learnt it.");

  static final ScalarKey<Boolean> STANDALONE =
      ScalarKey.withDefault(
          "standalone",
          ScalarType.bool(),
          false,
          "Run without a cluster: identities are client certificates of clientCaFile. Refused inside a cluster.");

  static final ScalarKey<Optional<Path>> CLIENT_CA_FILE =
      ScalarKey.optional(
          "clientCaFile",
          ScalarType.filePath(),
          "Standalone only: PEM file of the CA whose certificates may read (O=gpuscaling:readers) or stream"
              + " (O=gpuscaling:exporters).");

  static final ScalarKey<List<String>> STANDALONE_NODES =
      ScalarKey.list(
          "standaloneNodes",
          ScalarType.text("NODE"),
          "Standalone only: the nodes that must contribute to sums.");

  private AdapterKeys() {}

  private static ScalarKey<Duration> freshness(String name, Duration value, String what) {
    return ScalarKey.withDefault(
        name,
        ScalarType.duration(SECOND, HOUR),
        value,
        "Age at which " + what + " no longer count.");
  }

  /**
   * All keys, and the checks across them.
   *
   * @param insideCluster whether this process runs in a pod
   */
  public static ConfigSchema schema(boolean insideCluster) {
    return new ConfigSchema(
        List.of(
            new KeyGroup(
                "Metrics APIs",
                List.of(
                    SECURE_PORT,
                    BIND_ADDRESS,
                    TLS_CERT_FILE,
                    TLS_PRIVATE_KEY_FILE,
                    WARM_UP,
                    DRAIN_DELAY)),
            CertificateKeys.GROUP,
            new KeyGroup(
                "APIServices",
                List.of(
                    SERVE_CUSTOM,
                    SERVE_EXTERNAL,
                    SERVICE_NAMESPACE,
                    SERVICE_NAME,
                    SERVICE_PORT,
                    TAKE_OVER)),
            new KeyGroup(
                "Cluster",
                List.of(KUBECONFIG, AUTHENTICATION_KUBECONFIG, AUTHORIZATION_KUBECONFIG)),
            new KeyGroup(
                "Exporters",
                List.of(
                    GRPC_LISTEN,
                    GRPC_TLS_CERT_FILE,
                    GRPC_TLS_PRIVATE_KEY_FILE,
                    GRPC_CLIENT_CA_FILE,
                    INGEST_AUDIENCE,
                    INGEST_IDENTITIES,
                    INGEST_IDLE_TIMEOUT,
                    INGEST_MAX_STREAM_AGE,
                    INGEST_MAX_STREAMS)),
            new KeyGroup(
                "Values",
                List.of(
                    FRESHNESS_DCGM,
                    FRESHNESS_LEASES,
                    FRESHNESS_QUEUES,
                    NODES_NOT_READY_TIMEOUT,
                    TASKS_BROKER,
                    GRANTS)),
            PolicyKeys.GROUP,
            PrometheusKeys.GROUP,
            new KeyGroup(
                "Without a cluster", List.of(STANDALONE, CLIENT_CA_FILE, STANDALONE_NODES)),
            ProgramLogging.KEYS),
        List.of(
            new Validation(
                List.of(
                    CertificateKeys.SELF_MANAGED, STANDALONE, TLS_CERT_FILE, TLS_PRIVATE_KEY_FILE),
                AdapterKeys::checkServingCertificate),
            CertificateKeys.VALIDITIES,
            PrometheusKeys.COMPLETE,
            new Validation(List.of(SERVE_CUSTOM, SERVE_EXTERNAL), AdapterKeys::checkServed),
            new Validation(
                List.of(GRPC_TLS_CERT_FILE, GRPC_TLS_PRIVATE_KEY_FILE),
                AdapterKeys::checkCertificate),
            new Validation(
                List.of(
                    STANDALONE, CLIENT_CA_FILE, STANDALONE_NODES, KUBECONFIG, PolicyKeys.FOLDER),
                config -> checkStandalone(config, insideCluster))));
  }

  private static List<ConfigProblem> checkServingCertificate(Configuration config) {
    List<ConfigProblem> problems = new ArrayList<>();
    if (config.get(CertificateKeys.SELF_MANAGED) && config.get(STANDALONE)) {
      problems.add(
          config.problem(
              CertificateKeys.SELF_MANAGED, "needs a cluster, and standalone means none"));
    }
    for (ScalarKey<Optional<Path>> key : List.of(TLS_CERT_FILE, TLS_PRIVATE_KEY_FILE)) {
      if (config.get(CertificateKeys.SELF_MANAGED) && config.get(key).isPresent()) {
        problems.add(config.problem(key, "is not read with certificates.selfManaged"));
      }
      if (!config.get(CertificateKeys.SELF_MANAGED) && config.get(key).isEmpty()) {
        problems.add(config.problem(key, "must be set, or certificates.selfManaged"));
      }
    }
    return problems;
  }

  private static List<ConfigProblem> checkServed(Configuration config) {
    return config.get(SERVE_CUSTOM) || config.get(SERVE_EXTERNAL)
        ? List.of()
        : List.of(config.problem(SERVE_EXTERNAL, "or apis.custom must be true: nothing is served"));
  }

  private static List<ConfigProblem> checkCertificate(Configuration config) {
    return config.get(GRPC_TLS_CERT_FILE).isPresent()
            == config.get(GRPC_TLS_PRIVATE_KEY_FILE).isPresent()
        ? List.of()
        : List.of(config.problem(GRPC_TLS_CERT_FILE, "goes together with grpc.tlsPrivateKeyFile"));
  }

  private static List<ConfigProblem> checkStandalone(Configuration config, boolean insideCluster) {
    List<ConfigProblem> problems = new ArrayList<>();
    if (config.get(STANDALONE)) {
      if (insideCluster) {
        problems.add(
            config.problem(
                STANDALONE, "is refused inside a cluster (KUBERNETES_SERVICE_HOST is set)"));
      }
      if (config.get(CLIENT_CA_FILE).isEmpty()) {
        problems.add(config.problem(STANDALONE, "needs clientCaFile: authentication is never off"));
      }
      if (config.get(KUBECONFIG).isPresent()) {
        problems.add(config.problem(KUBECONFIG, "means a cluster, and standalone means none"));
      }
    } else {
      if (config.get(CLIENT_CA_FILE).isPresent()) {
        problems.add(
            config.problem(
                CLIENT_CA_FILE, "is for standalone; a cluster says itself whom it trusts"));
      }
      if (config.get(PolicyKeys.FOLDER).isPresent()) {
        problems.add(
            config.problem(
                PolicyKeys.FOLDER, "is for standalone; a cluster has ScalingPolicy objects"));
      }
      if (!config.get(STANDALONE_NODES).isEmpty()) {
        problems.add(
            config.problem(STANDALONE_NODES, "is for standalone; a cluster has Node objects"));
      }
    }
    return problems;
  }
}
