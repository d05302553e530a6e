package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.http.EndpointObserver;
import io.gpuscaling.core.http.HttpEndpoint;
import io.gpuscaling.core.http.HttpLimits;
import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.core.tls.ReloadingCertificate;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.gpuscaling.kubernetes.pods.PodLookup;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The two doors at which workers tell of their tasks, gRPC and HTTP with JSON, and the source
 * {@code lease} that comes of it. Always TLS; certificate and key are read again when their files
 * change. Create, start, close; each once.
 */
public final class LeaseServer implements AutoCloseable {

  private static final Duration RELOAD_INTERVAL = Duration.ofSeconds(10);
  private static final long DRAIN_SECONDS = 2;
  private static final int MAX_CALLS_PER_CONNECTION = 64;
  private static final int EVENT_LOOPS = 2;

  /** A worker calls at a third of the time to live; one that has gone leaves no connection. */
  private static final long MAX_IDLE_MINUTES = 15;

  /** A token is 1 to 2 KiB. */
  private static final HttpLimits HTTP =
      new HttpLimits(
          LeaseLimits.MAX_CONNECTIONS,
          256,
          16 * 1024,
          LeaseLimits.MAX_REQUESTS_IN_FLIGHT,
          Duration.ofMinutes(MAX_IDLE_MINUTES),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(DRAIN_SECONDS));

  private final LeaseSettings settings;
  private final LeaseMetrics metrics;
  private final LeaseSource source;
  private final WorkerAuthenticator authenticator;
  private final LeaseCalls leases;
  private final Ticker ticker;
  private final @Nullable LeaseStateKeeper keeper;
  private final ReloadingCertificate certificate;
  private final PeriodicTask reload;
  private final ExecutorService calls =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lease-", 0).factory());
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          EVENT_LOOPS, new DefaultThreadFactory("lease-loop", true), NioIoHandler.newFactory());
  private @Nullable Server server;
  private @Nullable HttpEndpoint http;
  private int httpPort;

  /**
   * A server that does not listen yet.
   *
   * @param pods says where the pods are that orchestrators name
   * @param publish takes what the source says
   * @param clock of the node, by which leases that were kept are judged
   */
  public LeaseServer(
      LeaseSettings settings,
      TokenReviewer reviewer,
      PodLookup pods,
      Consumer<SourceSnapshot> publish,
      Ticker ticker,
      NodeClock clock,
      CollectorRegistry collectors) {
    this.settings = settings;
    this.ticker = ticker;
    var registry = new LeaseRegistry(ticker, settings.timeToLive());
    this.metrics = new LeaseMetrics(collectors, registry);
    this.source = new LeaseSource(registry, ticker, settings.timeToLive(), publish);
    this.keeper =
        settings
            .stateFile()
            .map(file ->
                new LeaseStateKeeper(
                    registry,
                    new LeaseStateFile(file, settings.nodeName()),
                    clock,
                    ticker,
                    settings.timeToLive(),
                    collectors))
            .orElse(null);
    this.authenticator = new WorkerAuthenticator(reviewer, settings, metrics);
    this.leases =
        new LeaseCalls(
            new NamedPods(settings, pods),
            registry,
            source::publishNow,
            source::isComplete,
            settings.timeToLive());
    this.certificate =
        new ReloadingCertificate(settings.certificateFile(), settings.privateKeyFile());
    this.reload = new PeriodicTask("lease-certificate", RELOAD_INTERVAL, certificate::reload);
  }

  /**
   * Listens and begins to publish.
   *
   * @return the port of gRPC
   * @throws IOException when a port is taken or a certificate file cannot be read; the message
   *     names it
   */
  public int start() throws IOException {
    certificate.load();
    boolean readBack = keeper != null && keeper.readBack();
    Server started =
        NettyServerBuilder.forAddress(settings.listen())
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .channelFactory(() ->
                new BoundedServerChannel(
                    LeaseLimits.MAX_CONNECTIONS,
                    () -> metrics.onRefusal(EndpointObserver.Refusal.TOO_MANY_CONNECTIONS)))
            .sslContext(tls())
            .executor(calls)
            .maxInboundMessageSize(LeaseLimits.MAX_MESSAGE_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .handshakeTimeout(10, TimeUnit.SECONDS)
            .maxConnectionIdle(MAX_IDLE_MINUTES, TimeUnit.MINUTES)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .intercept(authenticator)
            .addService(new LeaseService(leases, metrics))
            .build()
            .start();
    server = started;
    if (settings.httpListen().isPresent()) {
      startHttp(settings.httpListen().get());
    }
    reload.start();
    source.start(readBack);
    if (keeper != null) {
      keeper.start();
    }
    return started.getPort();
  }

  private void startHttp(InetSocketAddress listen) throws IOException {
    HttpEndpoint endpoint =
        HttpEndpoint.createTls(
            new LeaseHttp(leases, authenticator, metrics).routes(),
            HTTP,
            metrics,
            certificate.keyManager(),
            ticker);
    http = endpoint;
    httpPort = endpoint.start(listen).getPort();
  }

  private SslContext tls() throws IOException {
    return GrpcSslContexts.configure(
            SslContextBuilder.forServer(certificate.keyManager()), SslProvider.JDK)
        .build();
  }

  /** The port of HTTP; 0 without it, or before the start. */
  public int httpPort() {
    return httpPort;
  }

  /**
   * The certificate that workers are shown, with its intermediates; none before the start. For any
   * thread.
   */
  public List<X509Certificate> certificates() {
    return certificate.chain();
  }

  /** Takes no new calls, lets the open ones end, and stops publishing. */
  @Override
  public void close() {
    if (http != null) {
      http.close();
    }
    if (server != null) {
      server.shutdown();
      try {
        if (!server.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
          server.shutdownNow();
        }
      } catch (InterruptedException e) {
        server.shutdownNow();
        Thread.currentThread().interrupt();
      }
    }
    source.close();
    if (keeper != null) {
      keeper.close();
    }
    reload.close();
    var _ = loops.shutdownGracefully(0, DRAIN_SECONDS, TimeUnit.SECONDS);
    calls.shutdownNow();
  }
}
