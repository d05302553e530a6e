package io.gpuscaling.core.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection on which a request takes too long to arrive, byte by byte or not at all. The
 * deadline of a request does not move with its bytes. Lives on the event loop of its connection.
 */
final class ConnectionDeadlines extends ChannelInboundHandlerAdapter {

  private enum Phase {
    WAITING,
    RECEIVING,
    ANSWERING
  }

  private final HttpLimits limits;
  private final EndpointObserver observer;
  private Phase phase = Phase.WAITING;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> deadline;

  ConnectionDeadlines(HttpLimits limits, EndpointObserver observer) {
    this.limits = limits;
    this.observer = observer;
  }

  /** A request is complete: the time is the handler's now. */
  void onRequestComplete() {
    phase = Phase.ANSWERING;
    cancel();
  }

  /** An answer is written: the next request may come. */
  void onAnswered() {
    enter(Phase.WAITING, limits.idleTimeout());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    enter(Phase.WAITING, limits.idleTimeout());
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (phase == Phase.WAITING) {
      enter(Phase.RECEIVING, limits.requestTimeout());
    }
    ctx.fireChannelRead(message);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    phase = Phase.ANSWERING;
    cancel();
    ctx.fireChannelInactive();
  }

  private void enter(Phase next, Duration timeout) {
    cancel();
    phase = next;
    ChannelHandlerContext ctx = context;
    if (ctx != null && ctx.channel().isActive()) {
      deadline =
          ctx.executor().schedule(() -> expire(ctx), timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void expire(ChannelHandlerContext ctx) {
    if (phase == Phase.RECEIVING) {
      observer.onRefusal(EndpointObserver.Refusal.SLOW_REQUEST);
    }
    var _ = ctx.close();
  }

  private void cancel() {
    Future<?> pending = deadline;
    if (pending != null) {
      pending.cancel(false);
      deadline = null;
    }
  }
}
