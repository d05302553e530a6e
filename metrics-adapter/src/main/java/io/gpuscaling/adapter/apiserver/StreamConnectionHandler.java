package io.gpuscaling.adapter.apiserver;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * Ends an HTTP/2 connection in two steps: first it is announced that no new streams should come,
 * with those taken that are on their way; after a grace the last one is named, and the connection
 * closes when it has no streams any more. On one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write or close that fails ends the channel
final class StreamConnectionHandler extends ChannelInboundHandlerAdapter {

  private boolean isDraining;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object frame) {
    // Settings, pings and the like, which the codec has dealt with.
    ReferenceCountUtil.release(frame);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.NOW || event instanceof IdleStateEvent) {
      drain(ctx);
    }
    ctx.fireUserEventTriggered(event);
  }

  private void drain(ChannelHandlerContext ctx) {
    if (isDraining || !ctx.channel().isActive()) {
      return;
    }
    isDraining = true;
    ctx.writeAndFlush(
        new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(Integer.MAX_VALUE));
    ctx.executor()
        .schedule(
            (Runnable) ctx::close, ApiServerLimits.GOAWAY_GRACE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * A peer that goes away, or breaks the protocol. For the latter the codec is about to say why and
   * close at once; a close from here would let it go on until its streams have ended.
   */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof Http2Exception)) {
      ctx.close();
    }
  }
}
