package io.gpuscaling.exporter.push;

import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.latest.LatestSamples;
import io.gpuscaling.exporter.push.PushSettings.AdapterName;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.CertificateUtils;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams the newest samples to every adapter: looks the adapters' names up again and again, keeps
 * one {@link AdapterConnection} for each address, and ends those whose address is gone. Certificate
 * files are read again when they change. Create, start, close; each once.
 */
public final class SamplePusher implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SamplePusher.class);
  private static final long RELOAD_SECONDS = 30;
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);
  private static final int MAX_RESPONSE_BYTES = 64 * 1024;

  private final PushSettings settings;
  private final AdapterResolver resolver;
  private final SendableSamples samples;
  private final Ticker ticker;
  private final InstantSource clock;
  private final PushMetrics metrics;
  private final ScheduledExecutorService reloads =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("push-certificate").factory());
  private final PeriodicTask lookUps;
  private @Nullable EventLoopGroup eventLoop;
  private @Nullable SslContext tls;
  private final AdvancedTlsX509KeyManager key = new AdvancedTlsX509KeyManager();
  private volatile @Nullable AdvancedTlsX509TrustManager trust;

  /** Guards itself and {@code closed}. */
  private final Map<AdapterAddress, AdapterConnection> connections = new HashMap<>();

  private boolean closed;

  /** Names that could not be looked up the last time; for the look-ups' thread. */
  private final Set<AdapterName> lost = new HashSet<>();

  /** A pusher that does nothing yet, with the resolver of this machine. */
  public SamplePusher(
      PushSettings settings,
      LatestSamples latest,
      Ticker ticker,
      InstantSource clock,
      CollectorRegistry registry) {
    this(settings, AdapterResolver.system(), latest, ticker, clock, registry);
  }

  /**
   * A pusher that does nothing yet.
   *
   * @param resolver looks the adapters' names up
   */
  SamplePusher(
      PushSettings settings,
      AdapterResolver resolver,
      LatestSamples latest,
      Ticker ticker,
      InstantSource clock,
      CollectorRegistry registry) {
    this.settings = settings;
    this.resolver = resolver;
    this.ticker = ticker;
    this.clock = clock;
    this.metrics = new PushMetrics(registry);
    this.samples = new SendableSamples(latest, metrics);
    this.lookUps = new PeriodicTask("push-lookup", settings.resolveInterval(), this::lookUp);
  }

  /**
   * Begins. Adapters that cannot be reached are no failure.
   *
   * @throws IOException when a certificate file cannot be read; the message names it
   */
  public void start() throws IOException {
    tls = tls();
    eventLoop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("push-io", true), NioIoHandler.newFactory());
    lookUps.start();
  }

  private SslContext tls() throws IOException {
    try {
      requireCertificate(settings.caFile());
      var authorities = AdvancedTlsX509TrustManager.newBuilder().build();
      authorities.updateTrustCredentials(
          settings.caFile().toFile(), RELOAD_SECONDS, TimeUnit.SECONDS, reloads);
      SslContextBuilder builder =
          GrpcSslContexts.configure(SslContextBuilder.forClient()).trustManager(authorities);
      trust = authorities;
      if (settings.certificateFile().isPresent() && settings.privateKeyFile().isPresent()) {
        key.updateIdentityCredentials(
            settings.certificateFile().get().toFile(),
            settings.privateKeyFile().get().toFile(),
            RELOAD_SECONDS,
            TimeUnit.SECONDS,
            reloads);
        builder.keyManager(key);
      }
      return builder.build();
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      List<Path> files = new ArrayList<>(List.of(settings.caFile()));
      settings.certificateFile().ifPresent(files::add);
      settings.privateKeyFile().ifPresent(files::add);
      throw new IOException(
          "cannot use " + files + " for TLS with the adapters: " + e.getMessage(), e);
    }
  }

  /** An empty file would trust nobody, and say so for each connection only. */
  private static void requireCertificate(Path file) throws IOException, GeneralSecurityException {
    try (InputStream pem = Files.newInputStream(file)) {
      if (CertificateUtils.getX509Certificates(pem).length == 0) {
        throw new IOException(file + " holds no certificate");
      }
    }
  }

  private void lookUp() {
    Set<AdapterAddress> found = lookUpAll();
    synchronized (connections) {
      if (!closed) {
        connect(found);
      }
    }
  }

  private Set<AdapterAddress> lookUpAll() {
    Set<AdapterAddress> found = new LinkedHashSet<>();
    for (AdapterName name : settings.adapters()) {
      try {
        for (InetAddress address : resolver.resolve(name.host())) {
          found.add(new AdapterAddress(name.host(), address, name.port()));
        }
        lost.remove(name);
      } catch (UnknownHostException e) {
        metrics.lookupFailed();
        if (lost.add(name)) {
          log.atWarn()
              .addKeyValue("adapter", name.host())
              .log("the adapter's name cannot be looked up");
        }
        // What is connected stays: a broken name server is no reason to stop reporting.
        found.addAll(known(name));
      }
    }
    return found;
  }

  private List<AdapterAddress> known(AdapterName name) {
    synchronized (connections) {
      return connections.keySet().stream()
          .filter(it -> it.name().equals(name.host()) && it.port() == name.port())
          .toList();
    }
  }

  private void connect(Set<AdapterAddress> found) {
    for (AdapterAddress gone : Set.copyOf(connections.keySet())) {
      if (!found.contains(gone)) {
        AdapterConnection connection = connections.remove(gone);
        if (connection != null) {
          connection.stop();
        }
      }
    }
    for (AdapterAddress address : found) {
      connections.computeIfAbsent(
          address,
          it -> {
            var connection =
                new AdapterConnection(
                    it, () -> channel(it), settings, samples, ticker, clock, metrics);
            connection.start();
            return connection;
          });
    }
    metrics.adapters(connections.size());
  }

  private ManagedChannel channel(AdapterAddress address) {
    return NettyChannelBuilder.forAddress(new InetSocketAddress(address.address(), address.port()))
        .overrideAuthority(authority(settings.serverName().orElse(address.name())))
        .sslContext(tls)
        .eventLoopGroup(eventLoop)
        .channelType(NioSocketChannel.class)
        .directExecutor() // callbacks only note and wake
        .disableRetry()
        .keepAliveTime(10, TimeUnit.SECONDS)
        .keepAliveTimeout(10, TimeUnit.SECONDS)
        .maxInboundMessageSize(MAX_RESPONSE_BYTES)
        .build();
  }

  /** A literal IPv6 address is written in brackets there. */
  private static String authority(String host) {
    return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
  }

  /** The certificate that adapters are shown; none with a token. For any thread. */
  public List<X509Certificate> certificates() {
    X509Certificate[] chain =
        key.getCertificateChain(key.chooseEngineClientAlias(new String[] {"EC"}, null, null));
    return chain == null ? List.of() : List.of(chain);
  }

  /** Whose certificates adapters must have; none before the start. For any thread. */
  public List<X509Certificate> authorities() {
    AdvancedTlsX509TrustManager now = trust;
    return now == null ? List.of() : List.of(now.getAcceptedIssuers());
  }

  /** Ends all streams; waits a moment for their threads. An interrupt is handed on. */
  @Override
  public void close() {
    lookUps.close();
    reloads.shutdownNow();
    List<AdapterConnection> open;
    synchronized (connections) {
      closed = true; // a look-up that hangs in the name server must open nothing afterwards
      open = List.copyOf(connections.values());
    }
    open.forEach(AdapterConnection::stop);
    try {
      for (AdapterConnection connection : open) {
        connection.join(STOP_TIMEOUT);
      }
      if (eventLoop != null) {
        eventLoop
            .shutdownGracefully(0, STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .await(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      if (eventLoop != null) {
        var _ = eventLoop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      }
      Thread.currentThread().interrupt();
    }
  }
}
