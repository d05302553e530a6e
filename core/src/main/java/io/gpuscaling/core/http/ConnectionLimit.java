package io.gpuscaling.core.http;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.group.ChannelGroup;

/**
 * Closes what is one connection too many, and anything that was accepted while the endpoint closes.
 * Shared by the connections of one endpoint, hence by several event loops.
 */
@Sharable
final class ConnectionLimit extends ChannelInboundHandlerAdapter {

  private final int maxConnections;
  private final ChannelGroup open;
  private final EndpointObserver observer;
  private volatile boolean draining;

  /**
   * Counts into a group.
   *
   * @param open gets every connection that is let in; forgets those that close by itself
   */
  ConnectionLimit(int maxConnections, ChannelGroup open, EndpointObserver observer) {
    this.maxConnections = maxConnections;
    this.open = open;
    this.observer = observer;
  }

  /** Lets nothing in from now on. */
  void drain() {
    draining = true;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    open.add(ctx.channel());
    if (open.size() > maxConnections) {
      observer.onRefusal(EndpointObserver.Refusal.TOO_MANY_CONNECTIONS);
      var _ = ctx.close();
    } else if (draining) {
      var _ = ctx.close();
    } else {
      ctx.fireChannelActive();
    }
  }
}
