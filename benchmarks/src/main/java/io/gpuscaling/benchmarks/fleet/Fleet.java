package io.gpuscaling.benchmarks.fleet;

import io.gpuscaling.benchmarks.process.IngestTarget;
import io.gpuscaling.core.metric.ServedMetric;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Simulated exporters, one for each node, all in this JVM: each has its own certificate, TLS
 * connection and stream to the adapter, as a real one has, but they share two threads of I/O and
 * one clock. Each node's turn comes once a second, the nodes' turns are spread over the second.
 * Create, start, close; each once. Safe for use by any thread.
 *
 * <p>To check what the adapter serves: {@link #settle} stops the values from changing and waits
 * until the adapter has acknowledged all of them; {@link #sums} then says what must be served.
 */
public final class Fleet implements AutoCloseable {

  private static final int IO_THREADS = 2;
  private static final Duration TURN = Duration.ofSeconds(1);
  private static final int SLICES = 20;
  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final List<NodeStream> streams = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final FleetCounters counters = new FleetCounters();
  private final EventLoopGroup io =
      new MultiThreadIoEventLoopGroup(IO_THREADS, NioIoHandler.newFactory());
  private final ScheduledExecutorService turns =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("fleet-clock").daemon().factory());

  // These belong to the clock's thread.
  private int slice;
  private boolean isMoving = true;
  private int restarted;
  private @Nullable RollPlan plan;

  private Fleet() {}

  /**
   * Makes the nodes and their certificates; connects nothing yet. A thousand take some seconds of
   * CPU.
   */
  public static Fleet create(FleetShape shape, IngestTarget adapter) {
    var fleet = new Fleet();
    Ticker ticker = Ticker.system();
    InstantSource clock = InstantSource.system();
    String bootId = UUID.randomUUID().toString();
    for (int index = 0; index < shape.exporters(); index++) {
      var node = new SimulatedNode(index, shape.gpus());
      ManagedChannel channel = fleet.channel(adapter, adapter.exporterOf(node.name()));
      fleet.channels.add(channel);
      fleet.streams.add(new NodeStream(node, bootId, channel, fleet.counters, ticker, clock));
    }
    return fleet;
  }

  private ManagedChannel channel(IngestTarget adapter, IssuedCertificate identity) {
    return NettyChannelBuilder.forAddress("127.0.0.1", adapter.grpcPort())
        .sslContext(tls(adapter, identity))
        .eventLoopGroup(io)
        .channelType(NioSocketChannel.class)
        .directExecutor()
        .build();
  }

  private static SslContext tls(IngestTarget adapter, IssuedCertificate identity) {
    try {
      return GrpcSslContexts.forClient()
          .trustManager(adapter.authority().certificate())
          .keyManager(identity.privateKey(), identity.certificate())
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("cannot make a TLS context for " + identity, e);
    }
  }

  /** Begins to connect and to send. */
  @SuppressWarnings("FutureReturnValueIgnored") // ends with its executor, and no turn throws
  public void start() {
    long periodMillis = TURN.toMillis() / SLICES;
    var _ = turns.scheduleAtFixedRate(this::turn, 0, periodMillis, TimeUnit.MILLISECONDS);
  }

  private void turn() {
    for (int index = slice; index < streams.size(); index += SLICES) {
      streams.get(index).tick(isMoving);
    }
    slice = (slice + 1) % SLICES;
    if (plan != null) {
      restartSome(plan);
    }
  }

  /** As many as may be away now; those that are connected again count no more. */
  private void restartSome(RollPlan rolling) {
    long away = streams.stream().limit(restarted).filter(it -> !it.isConnected()).count();
    for (; away < rolling.atOnce() && restarted < streams.size(); away++) {
      streams.get(restarted++).restart(rolling);
    }
  }

  /**
   * Begins to restart every exporter once. Values do not change meanwhile, so that every sum that
   * is served until {@link #awaitRolled} returns must be that of {@link #sums}.
   */
  public void roll(RollPlan rolling) {
    onClock(() -> {
      isMoving = false;
      restarted = 0;
      plan = rolling;
    });
  }

  /**
   * Waits until every exporter was restarted and knows everything again.
   *
   * @throws org.awaitility.core.ConditionTimeoutException when that takes longer
   */
  public void awaitRolled(Duration timeout) {
    Awaitility.await("every exporter is restarted and complete")
        .pollDelay(Duration.ZERO)
        .pollInterval(POLL_INTERVAL)
        .atMost(timeout)
        .until(this::isRolled);
  }

  private boolean isRolled() {
    var isOver = new AtomicBoolean();
    onClock(() -> isOver.set(restarted == streams.size()));
    return isOver.get() && streams.stream().allMatch(NodeStream::isSettled);
  }

  /**
   * Stops the values from changing, and waits until the adapter holds them all. Heartbeats go on.
   *
   * @throws org.awaitility.core.ConditionTimeoutException when that takes longer
   */
  public void settle(Duration timeout) {
    moving(false);
    Awaitility.await("the adapter acknowledges everything")
        .pollDelay(Duration.ZERO)
        .pollInterval(POLL_INTERVAL)
        .atMost(timeout)
        .until(() -> streams.stream().allMatch(NodeStream::isSettled));
  }

  /** Lets the values change again. */
  public void move() {
    moving(true);
  }

  /** Takes effect between two turns, so that no turn that has begun still changes a value. */
  private void moving(boolean isMovingNow) {
    onClock(() -> isMoving = isMovingNow);
  }

  private void onClock(Runnable change) {
    CompletableFuture.runAsync(change, turns)
        .orTimeout(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .join();
  }

  /** The sum of each metric over all nodes; true while settled. */
  public Map<ServedMetric, Long> sums() {
    Map<ServedMetric, Long> sums = new EnumMap<>(ServedMetric.class);
    for (NodeStream stream : streams) {
      stream.sums().forEach((metric, sum) -> sums.merge(metric, sum, Long::sum));
    }
    return sums;
  }

  FleetCounters counters() {
    return counters;
  }

  @Override
  public void close() {
    turns.shutdownNow();
    streams.forEach(NodeStream::close);
    channels.forEach(ManagedChannel::shutdownNow);
    io.shutdownGracefully(0, CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(CLOSE_TIMEOUT.toMillis());
  }
}
