package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC server that exporters stream to. Always TLS; certificate, key and CA are read again when
 * their files change, for new connections. Create, start, close; each once.
 */
public final class IngestServer implements AutoCloseable {

  /** How often certificate files are looked at. */
  private static final long RELOAD_SECONDS = 30;

  /** How long open calls get to end by themselves when the server closes. */
  private static final long DRAIN_SECONDS = 5;

  private final IngestSettings settings;
  private final SampleStore store;
  private final @Nullable TokenReviewer reviewer;
  private final Ticker ticker;
  private final InstantSource clock;
  private final IngestMetrics metrics;

  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("ingest-watch").daemon().factory());
  private final ExecutorService calls =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("ingest-", 0).factory());
  private @Nullable IngestService service;
  private @Nullable Server server;

  /**
   * A server that does not listen yet.
   *
   * @param reviewer how tokens are reviewed; null when only client certificates are accepted
   */
  public IngestServer(
      IngestSettings settings,
      SampleStore store,
      @Nullable TokenReviewer reviewer,
      Ticker ticker,
      InstantSource clock,
      CollectorRegistry registry) {
    this.settings = settings;
    this.store = store;
    this.reviewer = reviewer;
    this.ticker = ticker;
    this.clock = clock;
    this.metrics = new IngestMetrics(registry);
  }

  /**
   * Listens.
   *
   * @return the port
   * @throws IOException when the port is taken or a certificate file cannot be read; the message
   *     names it
   */
  public int start() throws IOException {
    var streams = new IngestService(store, settings, ticker, clock, scheduler, metrics);
    var tokens =
        reviewer == null || settings.identities().isEmpty()
            ? null
            : new TokenIdentities(reviewer, settings.audience(), settings.identities());
    Server started =
        NettyServerBuilder.forAddress(settings.listen())
            .sslContext(tls())
            .executor(calls)
            .maxInboundMessageSize(IngestLimits.MAX_MESSAGE_BYTES)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(false)
            .maxConcurrentCallsPerConnection(4)
            .handshakeTimeout(10, TimeUnit.SECONDS)
            .intercept(new IngestAuthenticator(tokens, metrics))
            .addService(streams)
            .build()
            .start();
    service = streams;
    server = started;
    return started.getPort();
  }

  private SslContext tls() throws IOException {
    try {
      var key = new AdvancedTlsX509KeyManager();
      key.updateIdentityCredentials(
          settings.certificateFile().toFile(),
          settings.privateKeyFile().toFile(),
          RELOAD_SECONDS,
          TimeUnit.SECONDS,
          scheduler);
      SslContextBuilder builder = GrpcSslContexts.configure(SslContextBuilder.forServer(key));
      if (settings.clientCaFile().isPresent()) {
        builder.clientAuth(ClientAuth.OPTIONAL).trustManager(trust(settings.clientCaFile().get()));
      }
      return builder.build();
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      throw new IOException(
          "cannot use "
              + settings.certificateFile()
              + " and "
              + settings.privateKeyFile()
              + settings.clientCaFile().map(ca -> " with " + ca).orElse("")
              + " for TLS: "
              + e.getMessage(),
          e);
    }
  }

  private AdvancedTlsX509TrustManager trust(Path ca) throws GeneralSecurityException, IOException {
    var trust =
        AdvancedTlsX509TrustManager.newBuilder()
            // Clients have no host name; the chain is verified, the names mean something to
            // CertificateIdentities.
            .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
            .build();
    trust.updateTrustCredentials(ca.toFile(), RELOAD_SECONDS, TimeUnit.SECONDS, scheduler);
    return trust;
  }

  /** Takes no new streams, ends the open ones, and gives them a moment. */
  @Override
  public void close() {
    if (server != null) {
      server.shutdown();
      if (service != null) {
        service.endAll();
      }
      try {
        if (!server.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
          server.shutdownNow();
        }
      } catch (InterruptedException e) {
        server.shutdownNow();
        Thread.currentThread().interrupt();
      }
    }
    scheduler.shutdownNow();
    calls.shutdownNow();
  }
}
