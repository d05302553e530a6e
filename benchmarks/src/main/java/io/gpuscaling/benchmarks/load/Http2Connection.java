package io.gpuscaling.benchmarks.load;

import io.gpuscaling.testkit.pki.CertificateAuthority;
import io.gpuscaling.testkit.pki.IssuedCertificate;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** One HTTP/2 connection with a client certificate, on one thread of its own. */
@SuppressWarnings("FutureReturnValueIgnored") // of Netty's shutdowns, which end with the process
final class Http2Connection implements AutoCloseable {

  private static final int CONNECT_TIMEOUT_SECONDS = 10;

  private final EventLoopGroup io;
  private final Channel channel;

  private Http2Connection(EventLoopGroup io, Channel channel) {
    this.io = io;
    this.channel = channel;
  }

  /**
   * Connects to a port of loopback.
   *
   * @throws IOException when there is no HTTP/2 connection in 10 s
   */
  static Http2Connection open(int port, CertificateAuthority authority, IssuedCertificate identity)
      throws IOException {
    SslContext tls =
        SslContextBuilder.forClient()
            .trustManager(authority.certificate())
            .keyManager(identity.privateKey(), identity.certificate())
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2))
            .build();
    EventLoopGroup io = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    var connecting =
        new Bootstrap()
            .group(io)
            .channel(NioSocketChannel.class)
            .handler(new Handshake(tls, port))
            .connect("127.0.0.1", port);
    if (!connecting.awaitUninterruptibly(CONNECT_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        || !connecting.isSuccess()) {
      io.shutdownGracefully();
      throw new IOException("cannot connect to port " + port, connecting.cause());
    }
    var handshake = connecting.channel().pipeline().get(SslHandler.class).handshakeFuture();
    if (!handshake.awaitUninterruptibly(CONNECT_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        || !handshake.isSuccess()) {
      io.shutdownGracefully();
      throw new IOException("no TLS with port " + port, handshake.cause());
    }
    return new Http2Connection(io, connecting.channel());
  }

  private static final class Handshake extends ChannelInitializer<SocketChannel> {
    private final SslContext tls;
    private final int port;

    Handshake(SslContext tls, int port) {
      this.tls = tls;
      this.port = port;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      channel
          .pipeline()
          .addLast(
              tls.newHandler(channel.alloc(), "127.0.0.1", port),
              Http2FrameCodecBuilder.forClient().build(),
              // The server opens no streams.
              new Http2MultiplexHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel pushed) {
                      pushed.close();
                    }
                  }));
    }
  }

  /** Opens streams, each with a handler of its own. */
  Http2StreamChannelBootstrap streams(ChannelHandler handler) {
    return new Http2StreamChannelBootstrap(channel).handler(handler);
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly(CONNECT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    io.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}
