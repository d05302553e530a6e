package io.gpuscaling.exporter.lease;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A listening socket that closes each connection beyond a bound as soon as it is accepted. */
final class BoundedServerChannel extends NioServerSocketChannel {

  private final int maxConnections;
  private final Runnable refused;
  private final AtomicInteger open = new AtomicInteger();

  /**
   * A socket that is not bound yet.
   *
   * @param refused is told of each connection that was closed; on an event loop
   */
  BoundedServerChannel(int maxConnections, Runnable refused) {
    this.maxConnections = maxConnections;
    this.refused = refused;
  }

  @Override
  protected int doReadMessages(List<Object> accepted) throws Exception {
    int before = accepted.size();
    int read = super.doReadMessages(accepted);
    for (int i = accepted.size() - 1; i >= before; i--) {
      var connection = (Channel) accepted.get(i);
      if (open.incrementAndGet() > maxConnections) {
        open.decrementAndGet();
        accepted.remove(i);
        connection.unsafe().closeForcibly();
        refused.run();
      } else {
        var _ = connection.closeFuture().addListener(_ -> open.decrementAndGet());
      }
    }
    return read;
  }
}
