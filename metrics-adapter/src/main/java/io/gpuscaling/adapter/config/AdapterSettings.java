package io.gpuscaling.adapter.config;

import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.request.RouteOptions;
import io.gpuscaling.adapter.apiserver.ApiServerSettings;
import io.gpuscaling.adapter.certificates.RotationSettings;
import io.gpuscaling.adapter.ingest.IngestSettings;
import io.gpuscaling.adapter.metrics.ServedMetricsSettings;
import io.gpuscaling.adapter.prometheus.PrometheusSettings;
import io.gpuscaling.adapter.slot.ServiceReference;
import io.gpuscaling.adapter.slot.SlotSettings;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.HostPort;
import io.gpuscaling.core.metric.StalenessLimits;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The settings of each part of the adapter, from its configuration. Pure. */
public final class AdapterSettings {

  /** How long requests may take to end when the server stops; within the pod's grace. */
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(10);

  /** How often the files of exporters' TLS are looked at. */
  private static final Duration CERTIFICATE_CHECK_INTERVAL = Duration.ofSeconds(30);

  /** Event loops. Answers are made on them in microseconds; two cores are what the pod asks for. */
  private static final int WORKER_THREADS = 2;

  private final Configuration config;
  private final String version;
  private final Optional<CertificateFiles> ownFiles;

  /** A certificate and its key. */
  private record CertificateFiles(Path certificate, Path privateKey) {}

  /** Settings from a sound configuration of {@link AdapterKeys#schema}. */
  public AdapterSettings(Configuration config, String version) {
    this(config, version, Optional.empty());
  }

  private AdapterSettings(
      Configuration config, String version, Optional<CertificateFiles> ownFiles) {
    this.config = config;
    this.version = version;
    this.ownFiles = ownFiles;
  }

  /** The same, serving with a certificate that the program makes itself. */
  public AdapterSettings servingWith(Path certificate, Path privateKey) {
    return new AdapterSettings(
        config, version, Optional.of(new CertificateFiles(certificate, privateKey)));
  }

  /** Whether the program makes its certificate itself. */
  public boolean managesCertificates() {
    return config.get(CertificateKeys.SELF_MANAGED);
  }

  /** How it does. */
  public RotationSettings rotation() {
    List<String> names = new ArrayList<>();
    names.add(
        config.get(AdapterKeys.SERVICE_NAME)
            + "."
            + config.get(AdapterKeys.SERVICE_NAMESPACE)
            + ".svc");
    names.addAll(config.get(CertificateKeys.EXTRA_DNS_NAMES));
    return new RotationSettings(
        names,
        config.get(CertificateKeys.AUTHORITY_VALIDITY),
        config.get(CertificateKeys.VALIDITY),
        config.get(CertificateKeys.OVERLAP));
  }

  /** The Secret that replicas share their authority by. */
  public String authoritySecret() {
    return config.get(CertificateKeys.AUTHORITY_SECRET);
  }

  /** The ConfigMap in which clients find whom to trust. */
  public String bundleConfigMap() {
    return config.get(CertificateKeys.BUNDLE_CONFIG_MAP);
  }

  private CertificateFiles files() {
    return ownFiles.orElseGet(() ->
        new CertificateFiles(
            config.get(AdapterKeys.TLS_CERT_FILE).orElseThrow(),
            config.get(AdapterKeys.TLS_PRIVATE_KEY_FILE).orElseThrow()));
  }

  /** How the metrics APIs are served. */
  public ApiServerSettings apiServer() {
    return new ApiServerSettings(
        config.get(AdapterKeys.BIND_ADDRESS),
        config.get(AdapterKeys.SECURE_PORT),
        files().certificate(),
        files().privateKey(),
        WORKER_THREADS,
        DRAIN_TIMEOUT,
        new RouteOptions(false, served()),
        version);
  }

  /** Which versions of the APIs are served. */
  private Set<ApiVersion> served() {
    Set<ApiVersion> served = EnumSet.noneOf(ApiVersion.class);
    if (config.get(AdapterKeys.SERVE_CUSTOM)) {
      served.add(ApiVersion.CUSTOM_V1BETA1);
      served.add(ApiVersion.CUSTOM_V1BETA2);
    }
    if (config.get(AdapterKeys.SERVE_EXTERNAL)) {
      served.add(ApiVersion.EXTERNAL_V1BETA1);
    }
    // Also where policies are switched off: the APIService stays available, and says so.
    served.add(ApiVersion.SUBRESOURCES_V1ALPHA1);
    return served;
  }

  /** Which APIServices are to lead here. */
  public SlotSettings slots() {
    return new SlotSettings(
        new ServiceReference(
            config.get(AdapterKeys.SERVICE_NAMESPACE),
            config.get(AdapterKeys.SERVICE_NAME),
            config.get(AdapterKeys.SERVICE_PORT)),
        served(),
        config.get(AdapterKeys.TAKE_OVER));
  }

  /** How exporters are received. */
  public IngestSettings ingest() {
    HostPort listen = config.get(AdapterKeys.GRPC_LISTEN);
    return new IngestSettings(
        listen.host().isEmpty()
            ? new InetSocketAddress(listen.port())
            : new InetSocketAddress(listen.host(), listen.port()),
        config.get(AdapterKeys.GRPC_TLS_CERT_FILE).orElseGet(() -> files().certificate()),
        config.get(AdapterKeys.GRPC_TLS_PRIVATE_KEY_FILE).orElseGet(() -> files().privateKey()),
        config.get(AdapterKeys.GRPC_CLIENT_CA_FILE).or(this::clientCaFile),
        CERTIFICATE_CHECK_INTERVAL,
        config.get(AdapterKeys.INGEST_AUDIENCE),
        config.get(AdapterKeys.INGEST_IDENTITIES),
        config.get(AdapterKeys.INGEST_IDLE_TIMEOUT),
        config.get(AdapterKeys.INGEST_MAX_STREAM_AGE),
        config.get(AdapterKeys.INGEST_MAX_STREAMS),
        version);
  }

  /** How values are judged. */
  public ServedMetricsSettings metrics() {
    return new ServedMetricsSettings(
        new StalenessLimits(
            config.get(AdapterKeys.FRESHNESS_DCGM),
            config.get(AdapterKeys.FRESHNESS_LEASES),
            config.get(AdapterKeys.FRESHNESS_QUEUES)),
        config.get(AdapterKeys.GRANTS),
        config.get(AdapterKeys.NODES_NOT_READY_TIMEOUT),
        config.get(AdapterKeys.TASKS_BROKER));
  }

  /**
   * After which a silent exporter's samples are forgotten: long after the last of them is stale.
   */
  public Duration retention() {
    StalenessLimits limits = metrics().limits();
    Duration longest = limits.dcgm();
    longest = limits.leases().compareTo(longest) > 0 ? limits.leases() : longest;
    longest = limits.queues().compareTo(longest) > 0 ? limits.queues() : longest;
    return longest.multipliedBy(10);
  }

  /** How long to wait at most for every node to have reported, not ready, after the start. */
  public Duration warmUp() {
    // Without a cluster no other replica answers meanwhile.
    return isStandalone() ? Duration.ZERO : config.get(AdapterKeys.WARM_UP);
  }

  /** How long to go on serving, not ready, before the end. */
  public Duration drainDelay() {
    return config.get(AdapterKeys.DRAIN_DELAY);
  }

  /** Whether there is no cluster. */
  public boolean isStandalone() {
    return config.get(AdapterKeys.STANDALONE);
  }

  /** Whether scaling policies are evaluated and served. */
  public boolean hasPolicies() {
    return config.get(PolicyKeys.ENABLED);
  }

  /** Whether idle pods are let go first. */
  public boolean setsDeletionCosts() {
    return config.get(PolicyKeys.DELETION_COSTS);
  }

  /** Whether HPAs are kept for policies that ask for it. */
  public boolean writesAutoscalers() {
    return config.get(PolicyKeys.AUTOSCALERS);
  }

  /** The Lease by which the replicas agree on who decides. */
  public String policyLease() {
    return config.get(PolicyKeys.LEASE);
  }

  /** Standalone: where policies and what they are about stand as files, if anywhere. */
  public Optional<Path> policyFolder() {
    return config.get(PolicyKeys.FOLDER);
  }

  /** After which a silent leader is replaced. */
  public Duration policyLeaseDuration() {
    return config.get(PolicyKeys.LEASE_DURATION);
  }

  /** Where PromQL is asked for rules of policies, if anywhere. */
  public Optional<PrometheusSettings> prometheus() {
    return config
        .get(PrometheusKeys.URL)
        .map(url ->
            new PrometheusSettings(
                url,
                config.get(PrometheusKeys.CA_FILE),
                config.get(PrometheusKeys.TOKEN_FILE),
                config.get(PrometheusKeys.TIMEOUT),
                config.get(PrometheusKeys.INTERVAL),
                config.get(PrometheusKeys.FRESHNESS),
                config.get(PrometheusKeys.QUERIES)));
  }

  /** Standalone: the CA of readers and exporters. */
  public Optional<Path> clientCaFile() {
    return config.get(AdapterKeys.CLIENT_CA_FILE);
  }

  /** Standalone: the expected nodes. */
  public List<String> standaloneNodes() {
    return config.get(AdapterKeys.STANDALONE_NODES);
  }

  /** How the cluster is reached; empty for the pod's own way. */
  public Optional<Path> kubeconfig() {
    return config.get(AdapterKeys.KUBECONFIG);
  }

  /** How authentication is delegated. */
  public Optional<Path> authenticationKubeconfig() {
    return config.get(AdapterKeys.AUTHENTICATION_KUBECONFIG).or(this::kubeconfig);
  }

  /** How authorization is delegated. */
  public Optional<Path> authorizationKubeconfig() {
    return config.get(AdapterKeys.AUTHORIZATION_KUBECONFIG).or(this::kubeconfig);
  }
}
