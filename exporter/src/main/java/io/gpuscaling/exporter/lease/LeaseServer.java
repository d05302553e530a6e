package io.gpuscaling.exporter.lease;

import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC server that workers tell of their tasks, and the source {@code lease} that comes of it.
 * Always TLS; certificate and key are read again when their files change. Create, start, close;
 * each once.
 */
public final class LeaseServer implements AutoCloseable {

  private static final long RELOAD_SECONDS = 30;
  private static final long DRAIN_SECONDS = 2;
  private static final int MAX_CALLS_PER_CONNECTION = 64;

  /** A worker calls at a third of the time to live; one that has gone leaves no connection. */
  private static final long MAX_IDLE_MINUTES = 15;

  private final LeaseSettings settings;
  private final TokenReviewer reviewer;
  private final LeaseMetrics metrics;
  private final LeaseRegistry registry;
  private final LeaseSource source;
  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("lease-certificate").factory());
  private final ExecutorService calls =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lease-", 0).factory());
  private final AdvancedTlsX509KeyManager key = new AdvancedTlsX509KeyManager();
  private @Nullable Server server;

  /**
   * A server that does not listen yet.
   *
   * @param publish takes what the source says
   */
  public LeaseServer(
      LeaseSettings settings,
      TokenReviewer reviewer,
      Consumer<SourceSnapshot> publish,
      Ticker ticker,
      CollectorRegistry collectors) {
    this.settings = settings;
    this.reviewer = reviewer;
    this.registry = new LeaseRegistry(ticker, settings.timeToLive());
    this.metrics = new LeaseMetrics(collectors, registry);
    this.source = new LeaseSource(registry, ticker, settings.timeToLive(), publish);
  }

  /**
   * Listens and begins to publish.
   *
   * @return the port
   * @throws IOException when the port is taken or a certificate file cannot be read; the message
   *     names it
   */
  public int start() throws IOException {
    Server started =
        NettyServerBuilder.forAddress(settings.listen())
            .sslContext(tls())
            .executor(calls)
            .maxInboundMessageSize(LeaseLimits.MAX_MESSAGE_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .handshakeTimeout(10, TimeUnit.SECONDS)
            .maxConnectionIdle(MAX_IDLE_MINUTES, TimeUnit.MINUTES)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .intercept(
                new WorkerAuthenticator(
                    reviewer, settings.audience(), settings.nodeName(), metrics))
            .addService(
                new LeaseService(registry, source::publishNow, settings.timeToLive(), metrics))
            .build()
            .start();
    server = started;
    source.start();
    return started.getPort();
  }

  private SslContext tls() throws IOException {
    try {
      key.updateIdentityCredentials(
          settings.certificateFile().toFile(),
          settings.privateKeyFile().toFile(),
          RELOAD_SECONDS,
          TimeUnit.SECONDS,
          scheduler);
      return GrpcSslContexts.configure(SslContextBuilder.forServer(key)).build();
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      throw new IOException(
          "cannot use "
              + settings.certificateFile()
              + " and "
              + settings.privateKeyFile()
              + " for TLS: "
              + e.getMessage(),
          e);
    }
  }

  /**
   * The certificate that workers are shown, with its intermediates; none before the start. For any
   * thread.
   */
  public List<X509Certificate> certificates() {
    X509Certificate[] chain =
        key.getCertificateChain(key.chooseEngineServerAlias("EC", null, null));
    return chain == null ? List.of() : List.of(chain);
  }

  /** Takes no new calls, lets the open ones end, and stops publishing. */
  @Override
  public void close() {
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
    scheduler.shutdownNow();
    calls.shutdownNow();
  }
}
