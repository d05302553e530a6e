package io.gpuscaling.exporter.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BoundedServerChannelTest {

  private final AtomicInteger refused = new AtomicInteger();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel server =
      new ServerBootstrap()
          .group(loops)
          .channelFactory(() -> new BoundedServerChannel(1, refused::incrementAndGet))
          .childHandler(new Nothing())
          .bind(InetAddress.getLoopbackAddress(), 0)
          .syncUninterruptibly()
          .channel();

  @io.netty.channel.ChannelHandler.Sharable
  private static final class Nothing extends ChannelInboundHandlerAdapter {}

  @AfterEach
  void close() {
    var _ = loops.shutdownGracefully();
  }

  private Socket connect() throws IOException {
    var socket = new Socket();
    socket.setSoTimeout(20_000);
    socket.connect((InetSocketAddress) server.localAddress(), 5_000);
    return socket;
  }

  @Test
  void connection_beyondTheBound_isClosedAndCountedUntilThereIsRoomAgain() throws IOException {
    try (Socket first = connect()) {
      first.setSoTimeout(1);
      for (int i = 1; i <= 3; i++) {
        try (Socket tooMany = connect()) {
          assertThat(isClosed(tooMany)).isTrue();
        }
        int so = i;
        await().until(() -> refused.get() == so);
      }
    }
    await()
        .until(() -> {
          try (Socket next = connect()) {
            int before = refused.get();
            next.getOutputStream().write(1);
            next.setSoTimeout(100);
            return !isClosed(next) && refused.get() == before;
          }
        });
  }

  private static boolean isClosed(Socket socket) {
    try {
      return socket.getInputStream().read() == -1;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
