package io.gpuscaling.exporter.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Address;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultSaslConfig;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Passive declares on one connection. The library's recovery is off: a connection that is lost is
 * dropped and made anew here, with a back-off, since the library neither retries the first
 * connection nor reopens a channel that a 404 has closed. Nothing is ever published on this
 * connection, so that a broker that blocks publishers still answers.
 */
public final class AmqpQueueProbe implements QueueProbe {

  /** For the answer to one passive declare. */
  static final Duration RPC_TIMEOUT = Duration.ofSeconds(3);

  /** For the TCP connection. */
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** For AMQP's handshake. */
  static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(5);

  /** For both and TLS, whose steps have no bound of their own as a whole; and for all addresses. */
  static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);

  /** A broker that hangs is noticed within about this. */
  static final Duration HEARTBEAT = Duration.ofSeconds(10);

  private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration FIRST_BACK_OFF = Duration.ofMillis(250);

  /** With a poll each second the broker is asked again within 5 s after it is back. */
  private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(3);

  private static final Duration LONGEST_BACK_OFF_REFUSED = Duration.ofSeconds(15);

  /** Those that ask, and those that are being given up. */
  private static final int MAX_CHANNELS = 8 * DeclareChannels.MAX_CHANNELS;

  private static final int MAX_FRAME_BYTES = 128 * 1024;

  /** How often the files of an open connection are looked at. */
  static final Duration RELOAD_INTERVAL = Duration.ofSeconds(1);

  private final BrokerSettings settings;
  private final List<Address> addresses;
  private final String vhost;
  private final String connectionName;
  private final Duration rpcTimeout;
  private final RabbitMetrics metrics;
  private final Ticker ticker;
  private final BackOff backOff;

  private volatile boolean closed;
  private volatile @Nullable Connection connection;
  private @Nullable DeclareChannels channels;
  private long nextConnectAtNanos;
  private long nextReloadAtNanos;

  /** What the connection was made with. */
  private @Nullable Credentials credentials;

  /** What a new connection was refused with; not tried again until it changes. */
  private @Nullable Credentials refused;

  private ProbeResult.Unavailable lastFailure =
      new ProbeResult.Unavailable(UnknownReason.STARTING, "not connected yet");

  AmqpQueueProbe(
      BrokerSettings settings,
      String vhost,
      String connectionName,
      Duration rpcTimeout,
      RabbitMetrics metrics,
      Ticker ticker,
      RandomGenerator random) {
    this.settings = settings;
    this.addresses =
        settings.addresses().stream().map(it -> new Address(it.host(), it.port())).toList();
    this.vhost = vhost;
    this.connectionName = connectionName;
    this.rpcTimeout = rpcTimeout;
    this.metrics = metrics;
    this.ticker = ticker;
    this.backOff = new BackOff(FIRST_BACK_OFF, random);
    this.nextConnectAtNanos = ticker.nanos();
    this.nextReloadAtNanos = ticker.nanos();
  }

  /**
   * A probe of one vhost; connects only when it probes.
   *
   * @param connectionName what the broker's operators see
   * @param random for jitter
   */
  public static AmqpQueueProbe create(
      BrokerSettings settings,
      String vhost,
      String connectionName,
      RabbitMetrics metrics,
      Ticker ticker,
      RandomGenerator random) {
    return new AmqpQueueProbe(
        settings, vhost, connectionName, RPC_TIMEOUT, metrics, ticker, random);
  }

  @Override
  public ProbeResult probe(List<String> queues, Set<String> suspects, Duration timeout) {
    Connection open = connection;
    if (open == null || !open.isOpen()) {
      connect();
    } else {
      renew(open);
    }
    DeclareChannels asking = channels;
    if (asking == null) {
      return lastFailure;
    }
    ProbeResult result = asking.ask(queues, suspects, timeout);
    return result instanceof ProbeResult.Unavailable(_, String detail) ? lose(detail) : result;
  }

  @Override
  public void close() {
    closed = true;
    abort(connection);
  }

  private ProbeResult.Unavailable lose(String detail) {
    Connection lost = connection;
    connection = null;
    channels = null;
    abort(lost);
    return failed(UnknownReason.UNREACHABLE, detail);
  }

  private static void abort(@Nullable Connection lost) {
    if (lost != null) {
      lost.abort((int) ABORT_TIMEOUT.toMillis());
    }
  }

  private void connect() {
    long now = ticker.nanos();
    if (closed || now - nextConnectAtNanos < 0) {
      return;
    }
    Connection lost = connection;
    connection = null;
    channels = null;
    abort(lost);
    try {
      Credentials newest = Credentials.read(settings);
      Connection made = open(newest);
      credentials = newest;
      connection = made;
      if (closed) {
        abort(made);
        return;
      }
      metrics.connected(settings.name(), "ok");
      backOff.reset();
      channels = new DeclareChannels(made);
    } catch (PossibleAuthenticationFailureException _) {
      failed(UnknownReason.REFUSED, "user or password refused");
    } catch (TimeoutException _) {
      failed(UnknownReason.UNREACHABLE, "the broker did not answer in time");
    } catch (GeneralSecurityException _) {
      failed(UnknownReason.UNREACHABLE, "the TLS files hold no usable certificates or key");
    } catch (IOException e) {
      failed(e);
    }
  }

  /**
   * A connection made with other files than there are now gives way to a new one, once that is
   * open: the broker forgets no password that a connection was made with, but an expired token or
   * certificate ends it. Files that are refused leave the old connection as it is.
   */
  private void renew(Connection open) {
    long now = ticker.nanos();
    if (now - nextReloadAtNanos < 0) {
      return;
    }
    nextReloadAtNanos = now + RELOAD_INTERVAL.toNanos();
    try {
      Credentials newest = Credentials.read(settings);
      if (newest.equals(credentials) || newest.equals(refused)) {
        return;
      }
      refused = newest;
      Connection made = open(newest);
      refused = null;
      credentials = newest;
      connection = made;
      channels = new DeclareChannels(made);
      abort(open);
      if (closed) {
        abort(made);
      }
      metrics.connected(settings.name(), "reloaded");
    } catch (IOException | TimeoutException | GeneralSecurityException _) {
      metrics.connected(settings.name(), "reload_failed");
    }
  }

  /** Opens a connection on another thread, so that a broker that drips does not hold this one. */
  private Connection open(Credentials newest)
      throws IOException, TimeoutException, GeneralSecurityException {
    ConnectionFactory factory = factory(newest);
    var opened = new CompletableFuture<Connection>();
    Thread opening =
        Thread.ofVirtual()
            .name("amqp-connect-" + settings.name())
            .start(() -> {
              try {
                Connection made = factory.newConnection(addresses, connectionName);
                if (!opened.complete(made)) {
                  abort(made);
                }
              } catch (IOException | TimeoutException | RuntimeException e) {
                opened.completeExceptionally(e);
              }
            });
    try {
      return opened.get(OPEN_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case TimeoutException failure -> throw failure;
        case null, default -> throw new IOException(e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      if (!opened.isDone()) {
        opened.cancel(false);
        opening.interrupt(); // ends what it waits for
      }
    }
  }

  private void failed(IOException failure) {
    if (failure.getCause() instanceof ShutdownSignalException signal
        && signal.getReason() instanceof AMQP.Connection.Close close
        && close.getReplyCode() == AMQP.NOT_ALLOWED) {
      failed(UnknownReason.REFUSED, "no access to the vhost, or it does not exist");
    } else {
      failed(UnknownReason.UNREACHABLE, "no connection: " + failure.getClass().getSimpleName());
    }
  }

  private ProbeResult.Unavailable failed(UnknownReason reason, String detail) {
    Duration longest =
        reason == UnknownReason.REFUSED ? LONGEST_BACK_OFF_REFUSED : LONGEST_BACK_OFF;
    nextConnectAtNanos = ticker.nanos() + backOff.nextNanos(longest);
    metrics.connected(settings.name(), reason == UnknownReason.REFUSED ? "refused" : "unreachable");
    lastFailure = new ProbeResult.Unavailable(reason, detail);
    return lastFailure;
  }

  private ConnectionFactory factory(Credentials credentials)
      throws IOException, GeneralSecurityException {
    var factory = new ConnectionFactory();
    factory.setVirtualHost(vhost);
    factory.setUsername(settings.user());
    factory.setPassword(credentials.password());
    factory.setChannelRpcTimeout((int) rpcTimeout.toMillis());
    factory.setConnectionTimeout((int) CONNECT_TIMEOUT.toMillis());
    factory.setHandshakeTimeout((int) HANDSHAKE_TIMEOUT.toMillis());
    factory.setRequestedHeartbeat((int) HEARTBEAT.toSeconds());
    factory.setRequestedChannelMax(MAX_CHANNELS);
    factory.setRequestedFrameMax(MAX_FRAME_BYTES);
    factory.setShutdownTimeout((int) ABORT_TIMEOUT.toMillis());
    factory.setAutomaticRecoveryEnabled(false);
    factory.setTopologyRecoveryEnabled(false);
    factory.setThreadFactory(
        Thread.ofPlatform().daemon().name("amqp-" + settings.name() + "-", 0).factory());
    if (settings.tls()) {
      factory.useSslProtocol(BrokerTls.context(settings.tlsFiles()));
      factory.enableHostnameVerification();
      if (settings.tlsFiles().certFile() != null && credentials.password().isEmpty()) {
        factory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
      }
    }
    return factory;
  }
}
