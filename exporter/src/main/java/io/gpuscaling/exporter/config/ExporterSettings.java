package io.gpuscaling.exporter.config;

import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.config.HostPort;
import io.gpuscaling.core.metric.StalenessLimits;
import io.gpuscaling.exporter.apps.AppSettings;
import io.gpuscaling.exporter.dcgm.DcgmPageReader;
import io.gpuscaling.exporter.dcgm.DcgmSettings;
import io.gpuscaling.exporter.lease.LeaseSettings;
import io.gpuscaling.exporter.nvml.NvmlSettings;
import io.gpuscaling.exporter.podresources.PodResourcesSettings;
import io.gpuscaling.exporter.push.PushSettings;
import io.gpuscaling.exporter.push.PushSettings.AdapterName;
import io.gpuscaling.exporter.push.StreamTimeouts;
import io.gpuscaling.exporter.rabbitmq.BrokerSettings;
import io.gpuscaling.exporter.rabbitmq.QueueId;
import io.gpuscaling.exporter.rabbitmq.QueueSelection;
import io.gpuscaling.exporter.rabbitmq.RabbitSettings;
import io.gpuscaling.exporter.tasks.TaskSettings;
import io.gpuscaling.kubernetes.client.ApiServerAccess;
import io.gpuscaling.kubernetes.identity.ServiceAccount;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The settings of each part of the exporter, from its configuration. Pure. */
public final class ExporterSettings {

  /** Longest time for one token review; a worker waits for it. */
  private static final Duration REVIEW_TIMEOUT = Duration.ofSeconds(5);

  /** Longest time for one request for a Lease. */
  private static final Duration LEASE_TIMEOUT = Duration.ofSeconds(1);

  /** How many polls may fail before a queue's last answer no longer counts. */
  private static final int POLLS_UNTIL_STALE = 5;

  private final Configuration config;

  /** Settings from a sound configuration of {@link ExporterKeys#schema}. */
  public ExporterSettings(Configuration config) {
    this.config = config;
  }

  /** Where /metrics is served. */
  public InetSocketAddress listen() {
    return socketAddress(config.get(ExporterKeys.LISTEN));
  }

  /** The node, or the empty text. */
  public String nodeName() {
    return config.get(ExporterKeys.NODE_NAME).orElse("");
  }

  /** How GPUs are read, if they are. */
  public Optional<DcgmSettings> dcgm() {
    Duration interval = config.get(DcgmKeys.INTERVAL);
    Duration timeout = config.get(DcgmKeys.TIMEOUT);
    Duration atMost = timeout.compareTo(interval) > 0 ? interval : timeout;
    return config
        .get(DcgmKeys.URL)
        .map(target ->
            new DcgmSettings(
                target,
                interval,
                atMost,
                config.get(DcgmKeys.FROZEN_AFTER),
                nodeName(),
                Set.copyOf(config.get(DcgmKeys.HOSTNAMES)),
                config.get(DcgmKeys.CA_FILE).orElse(null),
                config.get(DcgmKeys.REPLICA_SIZES)));
  }

  /** How NVIDIA's management library is read, if it is. */
  public Optional<NvmlSettings> nvml() {
    return NvmlKeys.areRead(config)
        ? Optional.of(
            new NvmlSettings(
                config.get(NvmlKeys.LIBRARY),
                config.get(NvmlKeys.INTERVAL),
                config.get(NvmlKeys.TIMEOUT),
                config.get(DcgmKeys.URL).isEmpty(),
                config.get(DcgmKeys.REPLICA_SIZES)))
        : Optional.empty();
  }

  /** Which source of running tasks counts. */
  public TaskSettings tasks() {
    return TaskKeys.settings(config);
  }

  /** Which applications are read, and how; empty when none are. */
  public Optional<AppSettings> apps() {
    return AppKeys.areRead(config)
        ? Optional.of(
            new AppSettings(
                config.get(AppKeys.ENDPOINTS),
                nodeName(),
                config.get(AppKeys.INTERVAL),
                config.get(AppKeys.TIMEOUT)))
        : Optional.empty();
  }

  /** How the kubelet is asked which pods hold GPUs, if it is. */
  public Optional<PodResourcesSettings> podResources() {
    return config
        .get(PodResourcesKeys.SOCKET)
        .map(socket -> new PodResourcesSettings(socket, config.get(PodResourcesKeys.INTERVAL)));
  }

  /** Where {@code dcgm.url: auto} looks for the pod; empty: in all namespaces. */
  public String dcgmNamespace() {
    return config.get(DcgmKeys.NAMESPACE).orElse("");
  }

  /**
   * Reads the pages of dcgm-exporter.
   *
   * @throws IOException when dcgm.fieldsFile cannot be read any more
   */
  public DcgmPageReader dcgmPages() throws IOException {
    return new DcgmPageReader(
        DcgmKeys.fields(config.get(DcgmKeys.FIELDS_FILE)),
        config.get(DcgmKeys.UTILIZATION_RATIO_UNIT));
  }

  /** How the queues of each broker are read; empty when none are. */
  public List<RabbitSettings> brokers() {
    return brokers(config);
  }

  /**
   * How the queues of each broker are read; empty when none are.
   *
   * @throws IllegalArgumentException for an address or queues that cannot be used; the message does
   *     not repeat the address
   */
  static List<RabbitSettings> brokers(Configuration config) {
    List<BrokerEntry> entries = config.get(QueueKeys.RABBITMQ_BROKERS);
    if (entries.isEmpty() && config.get(QueueKeys.RABBITMQ_URI).isPresent()) {
      BrokerSettings broker = broker(config);
      entries =
          List.of(
              new BrokerEntry(
                  broker,
                  config.get(QueueKeys.RABBITMQ_QUEUES).stream()
                      .map(queue -> new QueueId(broker.vhost(), queue))
                      .toList(),
                  List.of()));
    }
    int shareOfMatched = shareOfMatched(entries);
    return entries.stream()
        .map(entry ->
            new RabbitSettings(
                entry.broker(),
                new QueueSelection(
                    entry.queues(),
                    entry.patterns(),
                    entry.queues().size() + (entry.patterns().isEmpty() ? 0 : shareOfMatched)),
                config.get(QueueKeys.RABBITMQ_POLL_INTERVAL),
                config.get(QueueKeys.RABBITMQ_ZERO_CONFIRMATION),
                config.get(QueueKeys.RABBITMQ_STUCK_AFTER),
                config.get(QueueKeys.RABBITMQ_WORKERS)))
        .toList();
  }

  /** What the queues by name leave is shared evenly by the brokers with patterns. */
  private static int shareOfMatched(List<BrokerEntry> entries) {
    int named = entries.stream().mapToInt(it -> it.queues().size()).sum();
    int sharing = (int) entries.stream().filter(it -> !it.patterns().isEmpty()).count();
    return sharing == 0 ? 0 : (QueueSelection.MAX_QUEUES - named) / sharing;
  }

  /** Where the Leases of the brokers are, if replicas agree by Leases. */
  public Optional<String> leaseNamespace() {
    return config.get(QueueKeys.RABBITMQ_LEASE_NAMESPACE);
  }

  /** What the Lease of a broker is called. */
  public String leaseName(RabbitSettings broker) {
    return leaseName(config, broker);
  }

  static String leaseName(Configuration config, RabbitSettings broker) {
    return config.get(QueueKeys.RABBITMQ_LEASE_PREFIX) + "-" + broker.broker().name();
  }

  private static BrokerSettings broker(Configuration config) {
    return BrokerSettings.parse(
            config.get(QueueKeys.RABBITMQ_BROKER),
            config.get(QueueKeys.RABBITMQ_URI).orElseThrow().uri().toString(),
            config.get(QueueKeys.RABBITMQ_PASSWORD_FILE).orElse(null),
            new BrokerSettings.TlsFiles(
                config.get(QueueKeys.RABBITMQ_CA_FILE).orElse(null),
                config.get(QueueKeys.RABBITMQ_CERT_FILE).orElse(null),
                config.get(QueueKeys.RABBITMQ_KEY_FILE).orElse(null)))
        .with(
            config.get(QueueKeys.RABBITMQ_MANAGEMENT_URL).orElse(null),
            config.get(QueueKeys.RABBITMQ_PROMETHEUS_URLS));
  }

  /** How leases are taken, if they are. */
  public Optional<LeaseSettings> leases() {
    return config
        .get(ExporterKeys.LEASE_LISTEN)
        .map(listen ->
            new LeaseSettings(
                socketAddress(listen),
                config.get(ExporterKeys.LEASE_TLS_CERT_FILE).orElseThrow(),
                config.get(ExporterKeys.LEASE_TLS_PRIVATE_KEY_FILE).orElseThrow(),
                nodeName(),
                config.get(ExporterKeys.LEASE_AUDIENCE),
                config.get(ExporterKeys.LEASE_TIME_TO_LIVE),
                config.get(ExporterKeys.LEASE_HTTP_LISTEN).map(ExporterSettings::socketAddress),
                leaseNamespaces(),
                config.get(ExporterKeys.LEASE_ORCHESTRATORS).stream()
                    .map(ExporterSettings::serviceAccount)
                    .collect(Collectors.toSet()),
                config.get(ExporterKeys.LEASE_STATE_FILE)));
  }

  private static ServiceAccount serviceAccount(String text) {
    String[] parts = text.split("/", -1);
    return new ServiceAccount(parts[0], parts[1]);
  }

  private Set<String> leaseNamespaces() {
    List<String> named = config.get(ExporterKeys.LEASE_NAMESPACES);
    return named.isEmpty() ? Set.of(LeaseSettings.ALL_NAMESPACES) : Set.copyOf(named);
  }

  /** How the API server is asked about workers' tokens. */
  public ApiServerAccess apiServer() {
    return apiServer(REVIEW_TIMEOUT);
  }

  /** How the API server is asked for a Lease: several tries fit into the deadline of a renewal. */
  public ApiServerAccess leaseAccess() {
    return apiServer(LEASE_TIMEOUT);
  }

  private ApiServerAccess apiServer(Duration timeout) {
    return new ApiServerAccess(
        config.get(ExporterKeys.KUBERNETES_SERVER),
        config.get(ExporterKeys.KUBERNETES_CA_FILE),
        config.get(ExporterKeys.KUBERNETES_TOKEN_FILE),
        timeout);
  }

  /**
   * How samples are streamed, if they are.
   *
   * @param bootId names this process
   * @param version of this program
   */
  public Optional<PushSettings> push(String bootId, String version) {
    List<AdapterName> adapters =
        config.get(ExporterKeys.ADAPTERS).stream()
            .map(address -> new AdapterName(address.host(), address.port()))
            .toList();
    if (adapters.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new PushSettings(
            adapters,
            config.get(ExporterKeys.ADAPTER_CA_FILE).orElseThrow(),
            config.get(ExporterKeys.ADAPTER_SERVER_NAME),
            config.get(ExporterKeys.ADAPTER_TOKEN_FILE),
            config.get(ExporterKeys.ADAPTER_CERT_FILE),
            config.get(ExporterKeys.ADAPTER_KEY_FILE),
            brokers().isEmpty() ? nodeName() : "",
            bootId,
            version,
            config.get(ExporterKeys.ADAPTER_RESOLVE_INTERVAL),
            StreamTimeouts.DEFAULTS));
  }

  /** When samples no longer count on this exporter's own page. */
  public StalenessLimits stalenessLimits() {
    Duration polls = config.get(QueueKeys.RABBITMQ_POLL_INTERVAL).multipliedBy(POLLS_UNTIL_STALE);
    // Leases are published again each tenth of their time to live, however long that is.
    Duration leases = config.get(ExporterKeys.LEASE_TIME_TO_LIVE).multipliedBy(3).dividedBy(2);
    return new StalenessLimits(
        StalenessLimits.DEFAULTS.dcgm(),
        longer(leases, StalenessLimits.DEFAULTS.leases()),
        longer(polls, StalenessLimits.DEFAULTS.queues()));
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static InetSocketAddress socketAddress(HostPort address) {
    return address.host().isEmpty()
        ? new InetSocketAddress(address.port())
        : new InetSocketAddress(address.host(), address.port());
  }
}
