package io.gpuscaling.adapter;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.gpuscaling.adapter.api.ApiVersion;
import io.gpuscaling.adapter.api.MetricsQuery;
import io.gpuscaling.adapter.api.PolicyQuery;
import io.gpuscaling.adapter.api.SubresourceQueries;
import io.gpuscaling.adapter.api.json.Answer;
import io.gpuscaling.adapter.apiserver.ApiServer;
import io.gpuscaling.adapter.apiserver.HealthCheck;
import io.gpuscaling.adapter.apiserver.RequestMetrics;
import io.gpuscaling.adapter.auth.AuthMetrics;
import io.gpuscaling.adapter.auth.Authenticator;
import io.gpuscaling.adapter.auth.Authorizer;
import io.gpuscaling.adapter.auth.BlockingCalls;
import io.gpuscaling.adapter.auth.CertificateAuthorities;
import io.gpuscaling.adapter.auth.ChainAuthenticator;
import io.gpuscaling.adapter.auth.ClientTrust;
import io.gpuscaling.adapter.auth.CurrentTrust;
import io.gpuscaling.adapter.auth.ReviewingAuthorizer;
import io.gpuscaling.adapter.auth.StandaloneAuthorizer;
import io.gpuscaling.adapter.certificates.CertificateKeeper;
import io.gpuscaling.adapter.certificates.ServingFiles;
import io.gpuscaling.adapter.cluster.AccessReviews;
import io.gpuscaling.adapter.cluster.ApiServiceWatch;
import io.gpuscaling.adapter.cluster.ApiServices;
import io.gpuscaling.adapter.cluster.AuthoritySecret;
import io.gpuscaling.adapter.cluster.BundleConfigMap;
import io.gpuscaling.adapter.cluster.ClusterObjects;
import io.gpuscaling.adapter.cluster.ExtensionAuthenticationConfigWatch;
import io.gpuscaling.adapter.cluster.KubeconfigClients;
import io.gpuscaling.adapter.cluster.ManifestFolder;
import io.gpuscaling.adapter.cluster.TokenReviews;
import io.gpuscaling.adapter.config.AdapterSettings;
import io.gpuscaling.adapter.guard.GuardMetrics;
import io.gpuscaling.adapter.guard.GuardedMetrics;
import io.gpuscaling.adapter.ingest.IngestServer;
import io.gpuscaling.adapter.metrics.ClusterView;
import io.gpuscaling.adapter.metrics.DesiredReplicas;
import io.gpuscaling.adapter.metrics.InstallationReports;
import io.gpuscaling.adapter.metrics.ServedMetrics;
import io.gpuscaling.adapter.metrics.WarmUp;
import io.gpuscaling.adapter.policy.PolicyAnswers;
import io.gpuscaling.adapter.policy.ScalingPolicies;
import io.gpuscaling.adapter.policy.ServedPolicies;
import io.gpuscaling.adapter.slot.SlotKeeper;
import io.gpuscaling.adapter.standalone.ClientCaFile;
import io.gpuscaling.adapter.standalone.ListedNodes;
import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.core.config.Configuration;
import io.gpuscaling.core.exposition.ExpositionWriter;
import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.core.lifecycle.Component;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.core.tls.CertificateExpiry;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.hotspot.MemoryPoolsExports;
import io.prometheus.client.hotspot.StandardExports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metrics-adapter, wired by hand. Starts what it knows of the cluster, then the ingest, then
 * the metrics APIs; stops in the reverse order, so that no request meets a half.
 */
final class AdapterProgram implements Component {

  private static final Logger log = LoggerFactory.getLogger(AdapterProgram.class);

  private static final Duration FORGET_INTERVAL = Duration.ofMinutes(1);

  private final AdapterSettings settings;
  private final Ticker ticker = Ticker.system();
  private final InstantSource clock = InstantSource.system();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final CurrentTrust trust = new CurrentTrust();
  private final CertificateExpiry expiry = new CertificateExpiry(clock, registry);
  private final RequestMetrics requestMetrics = new RequestMetrics(registry);
  private final Closer closer = new Closer();

  /** Whether requests are to be sent here. */
  private final AtomicBoolean serving = new AtomicBoolean();

  private final PolicyWiring wiring;

  private AdapterProgram(AdapterSettings settings) {
    this.settings = settings;
    this.wiring = new PolicyWiring(settings, closer, registry, ticker, clock);
  }

  static AdapterProgram create(Configuration configuration, String version) {
    return new AdapterProgram(new AdapterSettings(configuration, version));
  }

  /** What differs with and without a cluster. */
  private record Surroundings(
      ClusterView cluster,
      @Nullable TokenReviewer tokens,
      Authenticator authenticator,
      Authorizer authorizer,
      AdapterSettings serving,
      @Nullable CertificateKeeper certificates,
      ScalingPolicies.@Nullable Ports policies) {}

  @Override
  public void start() throws IOException {
    new StandardExports().register(registry);
    new MemoryPoolsExports().register(registry);
    Surroundings surroundings = settings.isStandalone() ? standalone() : cluster();
    var store = new SampleStore(ticker, settings.retention());
    closer
        .register(new PeriodicTask("forget-silent", FORGET_INTERVAL, store::forgetSilent))
        .start();
    var warmUp =
        new WarmUp(
            store,
            surroundings.cluster(),
            settings.metrics().notReadyTimeout(),
            settings.warmUp(),
            ticker,
            clock);
    var desired = new ServedPolicies(ticker);
    var served =
        new ServedMetrics(
            store,
            surroundings.cluster(),
            settings.metrics(),
            ticker,
            clock,
            surroundings.policies() == null ? DesiredReplicas.SWITCHED_OFF : desired);
    MetricsQuery metrics = guarded(served);

    var ingest =
        closer.register(
            "streams of exporters",
            new IngestServer(
                surroundings.serving().ingest(),
                store,
                surroundings.tokens(),
                ticker,
                clock,
                registry));
    int grpcPort = ingest.start();
    log.atInfo().addKeyValue("port", grpcPort).log("taking streams of exporters");
    steer(surroundings, served, desired);
    var server =
        closer.register(
            "metrics APIs",
            ApiServer.create(
                surroundings.serving().apiServer(),
                new ApiServer.Parts(
                    metrics,
                    subresources(surroundings, served, desired),
                    surroundings.authenticator(),
                    surroundings.authorizer(),
                    // Never the data, but for a moment after the start: an API that is not
                    // available blocks namespace deletion in the whole cluster.
                    List.of(
                        HealthCheck.readiness("warm-up", warmUp),
                        HealthCheck.readiness("client-trust", trust::isKnown),
                        HealthCheck.readiness("not-ending", serving::get)),
                    this::ownMetrics,
                    requestMetrics,
                    clock,
                    ticker)));
    int securePort = server.start();
    requestMetrics.watch(server);
    watchCertificates(server, ingest);
    CertificateKeeper certificates = surroundings.certificates();
    if (certificates != null) {
      certificates.onNewCertificate(server::reloadCertificate);
      certificates.onNewCertificate(ingest::reloadCertificate);
    }
    serving.set(true);
    log.atInfo()
        .addKeyValue("securePort", securePort)
        .addKeyValue("grpcPort", grpcPort)
        .log("serving");
  }

  private static SubresourceQueries subresources(
      Surroundings surroundings, ServedMetrics metrics, ServedPolicies desired) {
    ScalingPolicies.Ports policies = surroundings.policies();
    return new SubresourceQueries(
        policies == null ? PolicyQuery.NONE : new PolicyAnswers(desired),
        new InstallationReports(
            metrics, () -> policies == null ? List.of() : policies.outside().used()));
  }

  private void steer(Surroundings surroundings, ServedMetrics metrics, ServedPolicies desired) {
    if (surroundings.policies() != null) {
      closer
          .register(
              "scaling policies",
              new ScalingPolicies(
                  surroundings.policies(),
                  surroundings.cluster(),
                  metrics,
                  desired,
                  ticker,
                  clock,
                  registry))
          .start();
    }
  }

  private MetricsQuery guarded(MetricsQuery metrics) {
    var families = new GuardMetrics.Families(registry);
    return new GuardedMetrics(
        metrics,
        new GuardMetrics(families, ApiVersion.CUSTOM_V1BETA2.group()),
        new GuardMetrics(families, ApiVersion.EXTERNAL_V1BETA1.group()));
  }

  private void watchCertificates(ApiServer server, IngestServer ingest) {
    expiry.watchChain("serving", server::certificates);
    expiry.watchChain("grpc", ingest::certificates);
    expiry.watchAuthorities("grpc-client-ca", ingest::clientAuthorities);
    expiry.watchAuthorities("client-ca", () -> certificates(trust.get().clients()));
    expiry.watchAuthorities(
        "front-proxy-ca",
        () -> {
          ClientTrust.FrontProxy proxy = trust.get().frontProxy();
          return certificates(proxy == null ? null : proxy.authorities());
        });
    closer.register(expiry).start();
  }

  private static List<X509Certificate> certificates(@Nullable CertificateAuthorities authorities) {
    return authorities == null ? List.of() : authorities.certificates();
  }

  private Surroundings standalone() throws IOException {
    closer.register(new ClientCaFile(settings.clientCaFile().orElseThrow(), trust)).start();
    var nodes = new ListedNodes(settings.standaloneNodes());
    ClusterView cluster = nodes;
    ScalingPolicies.Ports policies = null;
    if (settings.policyFolder().isPresent()) {
      var folder =
          closer.register(
              "manifests", new ManifestFolder(settings.policyFolder().get(), nodes.snapshot()));
      folder.start();
      cluster = folder::cluster;
      policies = wiring.ofFolder(folder);
    }
    return new Surroundings(
        cluster,
        null,
        ChainAuthenticator.standalone(trust, clock, ticker),
        new StandaloneAuthorizer(),
        settings,
        null,
        policies);
  }

  private Surroundings cluster() throws IOException {
    KubernetesClient client = client(settings.kubeconfig());
    KubernetesClient authentication = client(settings.authenticationKubeconfig());
    KubernetesClient authorization = client(settings.authorizationKubeconfig());
    closer.register(new ExtensionAuthenticationConfigWatch(authentication, trust)).start();
    var objects = closer.register("watches of the cluster", new ClusterObjects(client));
    objects.start();
    log.atInfo().log("watching the cluster");
    SlotKeeper slots = watchSlots(client);
    AdapterSettings serving = settings;
    CertificateKeeper certificates = null;
    if (settings.managesCertificates()) {
      var files = ServingFiles.create();
      serving = settings.servingWith(files.certificate(), files.privateKey());
      certificates = ownCertificate(client, slots, files);
    }
    var calls = closer.register(new BlockingCalls());
    var reviews = new AuthMetrics(registry, ticker);
    TokenReviewer tokens = new TokenReviews(authentication);
    return new Surroundings(
        objects,
        tokens,
        ChainAuthenticator.inCluster(trust, tokens, calls, clock, ticker, reviews),
        new ReviewingAuthorizer(new AccessReviews(authorization), calls, ticker, reviews),
        serving,
        certificates,
        settings.hasPolicies() ? wiring.ofCluster(client, objects, hostName()) : null);
  }

  private SlotKeeper watchSlots(KubernetesClient client) {
    var keeper =
        closer.register(
            new SlotKeeper(settings.slots(), new ApiServices(client, hostName(), clock), registry));
    keeper.start();
    closer.register(new ApiServiceWatch(client, keeper)).start();
    return keeper;
  }

  /** Serves nothing before everybody who is to believe the certificate can. */
  private CertificateKeeper ownCertificate(
      KubernetesClient client, SlotKeeper slots, ServingFiles files) throws IOException {
    String namespace = settings.slots().service().namespace();
    var map = new BundleConfigMap(client, namespace, settings.bundleConfigMap());
    var keeper =
        closer.register(
            new CertificateKeeper(
                settings.rotation(),
                new AuthoritySecret(client, namespace, settings.authoritySecret()),
                bundle -> {
                  slots.trust(bundle);
                  return map.publish(bundle) && slots.everyOwnHas(bundle);
                },
                files,
                clock,
                registry));
    keeper.start();
    expiry.watchAuthorities("own-ca", keeper::authorities);
    return keeper;
  }

  /** In a pod the pod's name. */
  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  private KubernetesClient client(Optional<Path> kubeconfig) throws IOException {
    return closer.register(
        kubeconfig.isPresent()
            ? KubeconfigClients.ofFile(kubeconfig.get())
            : KubeconfigClients.ofSurroundings());
  }

  private Answer ownMetrics() {
    return Answer.of(
        200,
        ExpositionWriter.CONTENT_TYPE,
        new ExpositionWriter(List.of()).render(List.of(), registry));
  }

  /**
   * Not ready first, and serving on until every API server has learnt it; then everything, last
   * started first. An interrupt cuts the waiting short.
   */
  @Override
  public void close() {
    if (serving.getAndSet(false)) {
      LockSupport.parkNanos(settings.drainDelay().toNanos());
    }
    closer.close();
  }
}
