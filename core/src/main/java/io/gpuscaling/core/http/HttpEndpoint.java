package io.gpuscaling.core.http;

import io.gpuscaling.core.time.Ticker;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 endpoint on a few fixed paths, plain or over TLS. {@link #start} and {@link #close}
 * are called once each, by one thread that is no event loop.
 */
public final class HttpEndpoint implements AutoCloseable {

  /** Event loops that serve connections. */
  private static final int WORKERS = 2;

  /** Connections that the kernel may hold before they are accepted. */
  private static final int BACKLOG = 128;

  /** Read from a socket at a time; bounds the pipelined requests that wait. */
  private static final int READ_BYTES = 4096;

  private final EndpointHandler.Shared shared;
  private final Optional<SSLContext> tls;
  private final Ticker ticker;
  private final ChannelGroup open = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE);
  private final ConnectionLimit connectionLimit;
  private @Nullable EventLoopGroup boss;
  private @Nullable EventLoopGroup workers;
  private @Nullable Channel server;

  private HttpEndpoint(EndpointHandler.Shared shared, Optional<SSLContext> tls, Ticker ticker) {
    this.shared = shared;
    this.tls = tls;
    this.ticker = ticker;
    this.connectionLimit =
        new ConnectionLimit(shared.limits().maxConnections(), open, shared.observer());
  }

  /**
   * Puts an endpoint together; opens nothing yet.
   *
   * @param routes by path, each beginning with a slash and without a query
   */
  public static HttpEndpoint create(
      Map<String, Route> routes, HttpLimits limits, EndpointObserver observer, Ticker ticker) {
    return new HttpEndpoint(shared(routes, limits, observer), Optional.empty(), ticker);
  }

  /**
   * Puts an endpoint together that is reached over TLS only; opens nothing yet.
   *
   * @param keys what it shows; asked at each handshake
   */
  public static HttpEndpoint createTls(
      Map<String, Route> routes,
      HttpLimits limits,
      EndpointObserver observer,
      X509ExtendedKeyManager keys,
      Ticker ticker) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {keys}, new TrustManager[0], null);
      return new HttpEndpoint(shared(routes, limits, observer), Optional.of(context), ticker);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  private static EndpointHandler.Shared shared(
      Map<String, Route> routes, HttpLimits limits, EndpointObserver observer) {
    return new EndpointHandler.Shared(
        Map.copyOf(routes), limits, observer, new Offloading(limits.maxInFlight()));
  }

  /**
   * Binds and serves.
   *
   * @param address port 0 takes a free one
   * @return the address that was bound
   * @throws IOException when it cannot be bound; nothing is left running then
   */
  public InetSocketAddress start(InetSocketAddress address) throws IOException {
    var bossLoop =
        new MultiThreadIoEventLoopGroup(1, threads("http-boss"), NioIoHandler.newFactory());
    var workerLoops =
        new MultiThreadIoEventLoopGroup(
            WORKERS, threads("http-worker-"), NioIoHandler.newFactory());
    boss = bossLoop;
    workers = workerLoops;
    ChannelFuture bound =
        new ServerBootstrap()
            .group(bossLoop, workerLoops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(connectionLimit);
                    tls.ifPresent(context -> channel.pipeline().addLast(handshake(context)));
                    addHandlers(channel, shared);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      close();
      throw new IOException("cannot listen on " + address, bound.cause());
    }
    server = bound.channel();
    return (InetSocketAddress) bound.channel().localAddress();
  }

  private SslHandler handshake(SSLContext context) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    var handler = new SslHandler(engine);
    handler.setHandshakeTimeoutMillis(shared.limits().requestTimeout().toMillis());
    return handler;
  }

  /** The handlers of one connection, without the limit that they share. */
  static void addHandlers(Channel channel, EndpointHandler.Shared shared) {
    HttpLimits limits = shared.limits();
    var deadlines = new ConnectionDeadlines(limits, shared.observer());
    channel
        .pipeline()
        .addLast(deadlines)
        .addLast(new WriteTimeoutHandler(limits.writeTimeout().toNanos(), TimeUnit.NANOSECONDS))
        .addLast(
            new HttpServerCodec(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(limits.maxRequestLineBytes())
                    .setMaxHeaderSize(limits.maxHeaderBytes())))
        .addLast(new HttpServerKeepAliveHandler())
        .addLast(new EndpointHandler(shared, deadlines));
  }

  private static ThreadFactory threads(String name) {
    if (!name.endsWith("-")) {
      return task -> new FastThreadLocalThread(task, name);
    }
    var next = new AtomicInteger();
    return task -> new FastThreadLocalThread(task, name + next.getAndIncrement());
  }

  /**
   * Ends the endpoint, within its drain timeout: first the port, so that nothing new arrives; then
   * the connections, each when its answer is written; then the threads. Closing again does nothing.
   */
  @Override
  public void close() {
    long end = ticker.nanos() + shared.limits().drainTimeout().toNanos();
    connectionLimit.drain();
    Channel listening = server;
    if (listening != null) {
      await(listening.close(), end);
    }
    open.forEach(channel -> channel.pipeline().fireUserEventTriggered(EndpointHandler.DRAIN));
    await(open.newCloseFuture(), end);
    shared.offloading().close();
    await(open.close(), end);
    closeLoops(boss, end);
    closeLoops(workers, end);
  }

  private void closeLoops(@Nullable EventLoopGroup loops, long end) {
    if (loops != null) {
      await(loops.shutdownGracefully(0, remaining(end), TimeUnit.NANOSECONDS), end);
    }
  }

  private void await(Future<?> future, long end) {
    var _ = future.awaitUninterruptibly(remaining(end), TimeUnit.NANOSECONDS);
  }

  private long remaining(long end) {
    return Math.max(0, end - ticker.nanos());
  }
}
