package io.gpuscaling.adapter.ingest;

import io.gpuscaling.adapter.store.SampleStore;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.kubernetes.identity.TokenReviewer;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC server that exporters stream to. Always TLS; certificate, key and CA are read again when
 * their files change, for new connections. Create, start, close; each once.
 */
public final class IngestServer implements AutoCloseable {

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

  /** Has nothing to close: a thread ends with its task, and every task has a deadline. */
  private final Executor calls = task -> Thread.ofVirtual().name("ingest").start(task);

  private volatile Optional<Running> running = Optional.empty();

  /** What listens and what it serves. */
  private record Running(Server server, IngestService streams, ServerTls tls) {}

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
    var tls = new ServerTls(settings, metrics);
    Server started =
        NettyServerBuilder.forAddress(settings.listen())
            .sslContext(tls.load())
            .executor(calls)
            .maxInboundMessageSize(IngestLimits.MAX_MESSAGE_BYTES)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(false)
            .maxConcurrentCallsPerConnection(4)
            .withOption(ChannelOption.SO_BACKLOG, IngestLimits.ACCEPT_BACKLOG)
            .handshakeTimeout(IngestLimits.HANDSHAKE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .intercept(new IngestAuthenticator(tokens, metrics))
            .addService(streams)
            .build()
            .start();
    long reloadMillis = Math.max(1, settings.reloadInterval().toMillis());
    var _ =
        scheduler.scheduleWithFixedDelay(
            tls::reload, reloadMillis, reloadMillis, TimeUnit.MILLISECONDS);
    running = Optional.of(new Running(started, streams, tls));
    return started.getPort();
  }

  /** The certificate that exporters are shown, with its intermediates; none before the start. */
  public List<X509Certificate> certificates() {
    return running.map(it -> it.tls().chain()).orElse(List.of());
  }

  /** Whose client certificates are believed; none before the start, or with tokens alone. */
  public List<X509Certificate> clientAuthorities() {
    return running.map(it -> it.tls().clientAuthorities()).orElse(List.of());
  }

  /** Looks at the certificate's files soon, as it does by itself again and again. */
  public void reloadCertificate() {
    // On the scheduler: the files are for one thread at a time.
    running.ifPresent(it -> scheduler.execute(it.tls()::reload));
  }

  /** Takes no new streams, ends the open ones, and gives them a moment. */
  @Override
  public void close() {
    running.ifPresent(IngestServer::close);
    scheduler.shutdownNow();
  }

  private static void close(Running running) {
    Server server = running.server();
    server.shutdown();
    running.streams().endAll();
    try {
      if (!server.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
