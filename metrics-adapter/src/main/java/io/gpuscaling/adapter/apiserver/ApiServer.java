package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.api.MetricsQuery;
import io.gpuscaling.adapter.api.SubresourceQueries;
import io.gpuscaling.adapter.api.json.StaticDocuments;
import io.gpuscaling.adapter.auth.Authenticator;
import io.gpuscaling.adapter.auth.Authorizer;
import io.gpuscaling.adapter.auth.BlockingCalls;
import io.gpuscaling.core.lifecycle.Closer;
import io.gpuscaling.core.time.Ticker;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTPS server of the metrics APIs. Requests are served on its event loops, except where a
 * review has to be waited for. {@link #start} once, {@link #close} once; both block.
 */
public final class ApiServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

  private final ApiServerSettings settings;
  private final ConnectionDeadlines deadlines;
  private final ServingCertificate certificate;
  private final RequestService service;
  private final BlockingCalls expositions;
  private final ChannelGroup connections =
      new DefaultChannelGroup("apiserver-connections", GlobalEventExecutor.INSTANCE, true);
  private final Closer closer = new Closer();

  /**
   * What the server stands on.
   *
   * @param query the values
   * @param subresources what is asked of policies and the installation
   * @param authenticator who calls
   * @param authorizer whether they may
   * @param checks named conditions of health
   * @param ownMetrics the page at {@code /metrics}
   * @param observer is told of each request
   * @param clock stamps of answers
   * @param ticker durations
   */
  public record Parts(
      MetricsQuery query,
      SubresourceQueries subresources,
      Authenticator authenticator,
      Authorizer authorizer,
      List<HealthCheck> checks,
      OwnMetricsPage ownMetrics,
      RequestObserver observer,
      InstantSource clock,
      Ticker ticker) {

    /** Copies the list. */
    public Parts {
      checks = List.copyOf(checks);
    }
  }

  private ApiServer(ApiServerSettings settings, Parts parts, ConnectionDeadlines deadlines) {
    this.settings = settings;
    this.deadlines = deadlines;
    this.certificate =
        new ServingCertificate(settings.certificateFile(), settings.privateKeyFile());
    this.expositions =
        new BlockingCalls(ApiServerLimits.MAX_EXPOSITIONS, ApiServerLimits.EXPOSITION_TIMEOUT);
    this.service =
        new RequestService(
            parts.authenticator(),
            parts.authorizer(),
            new Endpoints(
                parts.query(),
                parts.subresources(),
                new Health(parts.checks()),
                parts.ownMetrics(),
                expositions,
                StaticDocuments.of(settings.programVersion(), settings.routes().versions()),
                parts.clock(),
                settings.routes().versions()),
            settings.routes(),
            parts.observer(),
            parts.ticker());
  }

  /** A server that does nothing yet. */
  public static ApiServer create(ApiServerSettings settings, Parts parts) {
    return new ApiServer(settings, parts, ConnectionDeadlines.DEFAULT);
  }

  /** A server that is less patient, for tests. */
  static ApiServer create(ApiServerSettings settings, Parts parts, ConnectionDeadlines deadlines) {
    return new ApiServer(settings, parts, deadlines);
  }

  /**
   * Reads the certificate and begins to listen.
   *
   * @return the port
   * @throws IOException when the certificate cannot be read or the port not be had; nothing is left
   *     running then
   */
  public int start() throws IOException {
    try {
      if (certificate.reload() instanceof ServingCertificate.Reload.Failed(String reason, var _)) {
        throw new IOException("serving certificate: " + reason);
      }
      closer.register(expositions);
      closer.register(watchCertificate()::shutdownNow);
      EventLoopGroup boss = eventLoops("apiserver-boss", 1);
      EventLoopGroup workers = eventLoops("apiserver-worker", settings.workerThreads());
      closer.register(this::drain);
      return listen(boss, workers);
    } catch (IOException | RuntimeException e) {
      closer.close();
      throw e;
    }
  }

  /** When the serving certificate in use ends. To be asked once the server has started. */
  public Instant certificateExpiresAt() {
    return certificate.expiresAt();
  }

  /** The serving certificate in use and its intermediates. To be asked once the server started. */
  public List<X509Certificate> certificates() {
    return certificate.chain();
  }

  /** Connections that are open. */
  public int openConnections() {
    return (int) connections.stream().filter(c -> !(c instanceof NioServerSocketChannel)).count();
  }

  /** Requests that are not answered yet. */
  public int inFlightRequests() {
    return service.inFlight();
  }

  /** Stops listening, lets requests end within the drain timeout, and closes everything. */
  @Override
  public void close() {
    closer.close();
  }

  private int listen(EventLoopGroup boss, EventLoopGroup workers) throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(boss, workers)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(
                new ConnectionInitializer(
                    certificate,
                    service,
                    new ConnectionAdmission(connections),
                    deadlines,
                    settings.drainTimeout()))
            .bind(new InetSocketAddress(settings.bindAddress(), settings.port()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + settings.bindAddress() + ":" + settings.port(), bound.cause());
    }
    connections.add(bound.channel());
    int port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
    LOG.atInfo()
        .addKeyValue("address", settings.bindAddress())
        .addKeyValue("port", port)
        .addKeyValue("certificateExpiresAt", certificateExpiresAt())
        .log("serving the metrics APIs");
    return port;
  }

  /** Unbinds first, so that nothing new arrives while what is there is asked to go. */
  private void drain() {
    connections.close(channel -> channel instanceof NioServerSocketChannel).awaitUninterruptibly();
    for (Channel connection : connections) {
      connection.eventLoop().execute(() -> connection.pipeline().fireUserEventTriggered(Drain.NOW));
    }
    Duration patience = settings.drainTimeout().plus(ApiServerLimits.GOAWAY_GRACE);
    if (!connections.newCloseFuture().awaitUninterruptibly(patience.toMillis())) {
      connections.close().awaitUninterruptibly(ApiServerLimits.GOAWAY_GRACE.toMillis());
    }
  }

  private EventLoopGroup eventLoops(String name, int threads) {
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    closer.register(() ->
        group
            .shutdownGracefully(0, settings.drainTimeout().toMillis(), TimeUnit.MILLISECONDS)
            .awaitUninterruptibly(settings.drainTimeout().toMillis()));
    return group;
  }

  private ScheduledExecutorService watchCertificate() {
    ScheduledExecutorService watcher =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("certificate-watch").factory());
    long interval = ApiServerLimits.CERTIFICATE_CHECK_INTERVAL.toSeconds();
    var _ =
        watcher.scheduleWithFixedDelay(
            this::reloadCertificate, interval, interval, TimeUnit.SECONDS);
    return watcher;
  }

  /** Looks at the certificate's files now, as it does by itself again and again. */
  public void reloadCertificate() {
    switch (certificate.reload()) {
      case ServingCertificate.Reload.Unchanged() -> {}
      case ServingCertificate.Reload.Replaced(Instant expiresAt) ->
          LOG.atInfo().addKeyValue("expiresAt", expiresAt).log("serving certificate replaced");
      case ServingCertificate.Reload.Failed(String reason, boolean isNews) -> {
        if (isNews) {
          LOG.atWarn()
              .addKeyValue("reason", reason)
              .log("serving certificate cannot be read, the last good one stays in use");
        }
      }
    }
  }
}
