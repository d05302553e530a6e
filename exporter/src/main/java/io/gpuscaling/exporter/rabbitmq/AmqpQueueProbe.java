package io.gpuscaling.exporter.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Address;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Passive declares on one connection and one channel. The library's recovery is off: a connection
 * that is lost is dropped and made anew here, with a back-off, since the library neither retries
 * the first connection nor reopens a channel that a 404 has closed. Nothing is ever published on
 * this connection, so that a broker that blocks publishers still answers. A channel is never used
 * again after a timeout: a late answer could be taken for that of another queue.
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
  private static final int MAX_CHANNELS = 4;
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
  private @Nullable Channel channel;
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
  public ProbeResult probe(List<String> queues) {
    Connection open = connection;
    if (open == null || !open.isOpen()) {
      open = connect();
      if (open == null) {
        return lastFailure;
      }
    } else {
      open = withNewestCredentials(open);
    }
    Map<String, QueueAnswer> answers = new HashMap<>();
    for (String queue : queues) {
      Channel ready = openChannel(open);
      if (ready == null) {
        return lose("no channel could be opened");
      }
      answers.put(queue, ask(ready, queue));
      if (!open.isOpen()) {
        return lose("the connection was lost");
      }
    }
    return new ProbeResult.Answered(answers);
  }

  @Override
  public void close() {
    closed = true;
    abort(connection);
  }

  private QueueAnswer ask(Channel ready, String queue) {
    QueueAnswer answer;
    try {
      AMQP.Queue.DeclareOk ok = ready.queueDeclarePassive(queue);
      if (ok.getQueue().equals(queue)) {
        return new QueueAnswer.Depth(
            Integer.toUnsignedLong(ok.getMessageCount()),
            Integer.toUnsignedLong(ok.getConsumerCount()));
      }
      answer = new QueueAnswer.None(QueueProblem.MISMATCH);
    } catch (IOException e) {
      answer = new QueueAnswer.None(problem(e));
    } catch (AlreadyClosedException _) {
      // Closed for an earlier queue or with the connection: the text would blame the wrong queue.
      answer = new QueueAnswer.None(QueueProblem.OTHER);
    }
    dropChannel();
    return answer;
  }

  private static QueueProblem problem(IOException failure) {
    if (failure instanceof ChannelContinuationTimeoutException) {
      return QueueProblem.TIMEOUT;
    }
    return switch (failure.getCause()) {
      case ShutdownSignalException signal
          when signal.getReason() instanceof AMQP.Channel.Close close ->
          switch (close.getReplyCode()) {
            case AMQP.NOT_FOUND ->
                close.getReplyText().contains("is down or inaccessible")
                        || close.getReplyText().contains("home node")
                    ? QueueProblem.NODE_DOWN
                    : QueueProblem.MISSING;
            case AMQP.ACCESS_REFUSED -> QueueProblem.REFUSED;
            case AMQP.RESOURCE_LOCKED -> QueueProblem.LOCKED;
            default -> QueueProblem.OTHER;
          };
      case null, default -> QueueProblem.OTHER;
    };
  }

  private @Nullable Channel openChannel(Connection open) {
    Channel current = channel;
    if (current != null && current.isOpen()) {
      return current;
    }
    try {
      current = open.createChannel();
    } catch (IOException | AlreadyClosedException _) {
      current = null;
    }
    channel = current;
    return current;
  }

  /** Waits for nothing: the broker may be the one that does not answer. */
  private void dropChannel() {
    Channel dropped = channel;
    channel = null;
    if (dropped != null && dropped.isOpen()) {
      Thread.ofVirtual().name("amqp-abort-channel").start(() -> abort(dropped));
    }
  }

  private static void abort(Channel dropped) {
    try {
      dropped.abort();
    } catch (IOException | AlreadyClosedException _) {
      // It is gone, which is what was wanted.
    }
  }

  private ProbeResult.Unavailable lose(String detail) {
    Connection lost = connection;
    connection = null;
    channel = null;
    abort(lost);
    return failed(UnknownReason.UNREACHABLE, detail);
  }

  private static void abort(@Nullable Connection lost) {
    if (lost != null) {
      lost.abort((int) ABORT_TIMEOUT.toMillis());
    }
  }

  private @Nullable Connection connect() {
    long now = ticker.nanos();
    if (closed || now - nextConnectAtNanos < 0) {
      return null;
    }
    Connection lost = connection;
    connection = null;
    channel = null;
    abort(lost);
    try {
      Credentials newest = Credentials.read(settings);
      Connection made = open(newest);
      credentials = newest;
      connection = made;
      if (closed) {
        abort(made);
        return null;
      }
      metrics.connected(settings.name(), "ok");
      backOff.reset();
      return made;
    } catch (PossibleAuthenticationFailureException _) {
      failed(UnknownReason.REFUSED, "user or password refused");
    } catch (TimeoutException _) {
      failed(UnknownReason.UNREACHABLE, "the broker did not answer in time");
    } catch (GeneralSecurityException _) {
      failed(UnknownReason.UNREACHABLE, "the TLS files hold no usable certificates or key");
    } catch (IOException e) {
      failed(e);
    }
    return null;
  }

  /**
   * A connection made with other files than there are now gives way to a new one, once that is
   * open: the broker forgets no password that a connection was made with, but an expired token or
   * certificate ends it. Files that are refused leave the old connection as it is.
   */
  private Connection withNewestCredentials(Connection open) {
    long now = ticker.nanos();
    if (now - nextReloadAtNanos < 0) {
      return open;
    }
    nextReloadAtNanos = now + RELOAD_INTERVAL.toNanos();
    try {
      Credentials newest = Credentials.read(settings);
      if (newest.equals(credentials) || newest.equals(refused)) {
        return open;
      }
      refused = newest;
      Connection made = open(newest);
      refused = null;
      credentials = newest;
      connection = made;
      channel = null;
      abort(open);
      if (closed) {
        abort(made);
      }
      metrics.connected(settings.name(), "reloaded");
      return made;
    } catch (IOException | TimeoutException | GeneralSecurityException _) {
      metrics.connected(settings.name(), "reload_failed");
      return open;
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
