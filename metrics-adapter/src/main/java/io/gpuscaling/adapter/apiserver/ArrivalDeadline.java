package io.gpuscaling.adapter.apiserver;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes an HTTP/1.1 connection on which a request has begun to arrive and does not end: a client
 * that drips headers is never idle. On one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write or close that fails ends the channel
final class ArrivalDeadline extends ChannelInboundHandlerAdapter {

  private final long timeoutNanos;
  private @Nullable Future<?> deadline;

  ArrivalDeadline(Duration timeout) {
    this.timeoutNanos = timeout.toNanos();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    if (deadline == null) {
      deadline = ctx.executor().schedule((Runnable) ctx::close, timeoutNanos, TimeUnit.NANOSECONDS);
    }
    ctx.fireChannelRead(bytes);
  }

  /** The request has arrived whole. */
  void arrived() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    arrived();
    ctx.fireChannelInactive();
  }
}
