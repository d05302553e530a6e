package io.gpuscaling.exporter;

import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.http.EndpointObserver;
import io.gpuscaling.core.http.HealthCheck;
import io.gpuscaling.core.http.HealthRoute;
import io.gpuscaling.core.http.HttpEndpoint;
import io.gpuscaling.core.http.HttpLimits;
import io.gpuscaling.core.http.Route;
import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.core.lifecycle.Component;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.core.tls.CertificateExpiry;
import io.gpuscaling.core.tls.CertificateFile;
import io.gpuscaling.exporter.apps.AppSettings;
import io.gpuscaling.exporter.apps.AppSource;
import io.gpuscaling.exporter.apps.NodePods;
import io.gpuscaling.exporter.config.ExporterSettings;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.gpuscaling.exporter.lease.LeaseServer;
import io.gpuscaling.exporter.lease.LeaseSettings;
import io.gpuscaling.exporter.lease.NodeClock;
import io.gpuscaling.exporter.page.MetricsPage;
import io.gpuscaling.exporter.push.PushSettings;
import io.gpuscaling.exporter.push.SamplePusher;
import io.gpuscaling.exporter.tasks.TaskBoard;
import io.gpuscaling.exporter.tasks.TaskCollector;
import io.gpuscaling.exporter.tasks.TaskEvidence;
import io.gpuscaling.kubernetes.client.ApiServerClient;
import io.gpuscaling.kubernetes.client.HttpPodLookup;
import io.gpuscaling.kubernetes.client.HttpTokenReviewer;
import io.gpuscaling.kubernetes.identity.CachingTokenReviewer;
import io.gpuscaling.kubernetes.identity.RateLimitedTokenReviewer;
import io.gpuscaling.kubernetes.pods.CachingPodLookup;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.hotspot.MemoryPoolsExports;
import io.prometheus.client.hotspot.StandardExports;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exporter, wired by hand. Starts the endpoint, then what reports to it (sources), then what
 * reports from it (streams); stops in the reverse order, so that the adapters hear of the end first
 * and /metrics goes last.
 */
final class ExporterProgram implements Component {

  private static final Logger log = LoggerFactory.getLogger(ExporterProgram.class);

  /** How long a token review is remembered: a revoked worker may renew its leases for so long. */
  private static final Duration REVIEW_MEMORY = Duration.ofSeconds(60);

  private static final int MAX_REMEMBERED_REVIEWS = 1_024;

  /** How long an orchestrator may still hold leases for a pod that has gone. */
  private static final Duration POD_MEMORY = Duration.ofSeconds(10);

  private static final int MAX_REMEMBERED_PODS = 1_024;

  /** Of tokens that are not remembered; a node's workers come one after the other. */
  private static final int MAX_REVIEWS_PER_SECOND = 50;

  /** Of one application on one node; a pod has some 10 KiB. */
  private static final int MAX_POD_LIST_BYTES = 1 << 21;

  private final ExporterSettings settings;
  private final String version;
  private final Ticker ticker = Ticker.system();
  private final InstantSource clock = InstantSource.system();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final LatestSamples latest = new LatestSamples();
  private final TaskBoard tasks;
  private final CertificateExpiry expiry = new CertificateExpiry(clock, registry);
  private final Closer closer = new Closer();

  private ExporterProgram(ExporterSettings settings, String version) {
    this.settings = settings;
    this.tasks = new TaskBoard(settings.tasks(), latest::publish, ticker);
    this.version = version;
  }

  static ExporterProgram create(Configuration configuration, String version) {
    return new ExporterProgram(new ExporterSettings(configuration), version);
  }

  @Override
  public void start() throws IOException {
    new StandardExports().register(registry);
    new MemoryPoolsExports().register(registry);
    new TaskCollector(tasks).register(registry);
    startEndpoint();
    if (settings.leases().isPresent()) {
      startLeases(settings.leases().get());
    }
    new GpuReaders(settings, tasks, registry, ticker).start(closer);
    settings.apps().ifPresent(this::startApps);
    if (!settings.brokers().isEmpty()) {
      startQueues();
    }
    Optional<PushSettings> push = settings.push(UUID.randomUUID().toString(), version);
    if (push.isPresent()) {
      SamplePusher pusher =
          closer.register(
              "streams to adapters", new SamplePusher(push.get(), latest, ticker, clock, registry));
      pusher.start();
      expiry.watchChain("adapter-client", pusher::certificates);
      expiry.watchAuthorities("adapter-ca", pusher::authorities);
      log.atInfo().log("streaming to adapters");
    }
    closer.register(expiry).start();
  }

  private void startEndpoint() throws IOException {
    var page =
        new MetricsPage(latest, settings.nodeName(), settings.stalenessLimits(), registry, ticker);
    List<HealthCheck> checks =
        List.of(); // live and ready as long as it answers: never for want of data
    Map<String, Route> routes =
        Map.of(
            "/metrics", page.route(),
            "/livez", HealthRoute.of("livez", checks),
            "/readyz", HealthRoute.of("readyz", checks));
    HttpEndpoint endpoint =
        closer.register(
            "endpoint",
            HttpEndpoint.create(routes, HttpLimits.DEFAULT, EndpointObserver.none(), ticker));
    InetSocketAddress bound = endpoint.start(settings.listen());
    log.atInfo().addKeyValue("address", bound).log("serving /metrics");
  }

  private void startLeases(LeaseSettings leases) throws IOException {
    var reviewer = closer.register(new HttpTokenReviewer(settings.apiServer()));
    var limited = new RateLimitedTokenReviewer(reviewer, MAX_REVIEWS_PER_SECOND, ticker);
    var remembering =
        new CachingTokenReviewer(limited, REVIEW_MEMORY, MAX_REMEMBERED_REVIEWS, ticker);
    var pods =
        new CachingPodLookup(
            closer.register(new HttpPodLookup(settings.apiServer())),
            POD_MEMORY,
            MAX_REMEMBERED_PODS,
            ticker);
    LeaseServer server =
        closer.register(
            "task leases",
            new LeaseServer(
                leases,
                remembering,
                pods,
                tasks::publish,
                ticker,
                new NodeClock(Path.of("/proc"), clock),
                registry));
    int port = server.start();
    expiry.watchChain("lease", server::certificates);
    expiry.watchAuthorities(
        "kubernetes-ca", () -> CertificateFile.read(settings.apiServer().caFile()));
    log.atInfo()
        .addKeyValue("port", port)
        .addKeyValue("httpPort", server.httpPort())
        .log("taking task leases");
  }

  private void startApps(AppSettings apps) {
    var pods =
        closer.register(
            "look-up of applications",
            new ApiServerClient(settings.apiServer(), MAX_POD_LIST_BYTES));
    AppSource source =
        closer.register(
            "source " + AppSource.NAME,
            new AppSource(
                apps,
                new NodePods(pods, apps.node()),
                (state, said) -> tasks.applications(TaskEvidence.applications(state, said)),
                registry,
                ticker,
                RandomGenerator.getDefault()));
    source.start();
    log.atInfo().addKeyValue("source", source.name()).log("reading");
  }

  private void startQueues() throws IOException {
    new QueueReaders(settings, latest::publish, expiry, registry, ticker, clock).start(closer);
  }

  @Override
  public void close() {
    closer.close();
  }
}
