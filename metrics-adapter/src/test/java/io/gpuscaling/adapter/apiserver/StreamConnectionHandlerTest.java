package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.timeout.IdleStateEvent;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamConnectionHandlerTest {

  private final EmbeddedChannel channel = new EmbeddedChannel(new StreamConnectionHandler());

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void event_drainOrIdle_announcesTheEndAndClosesAfterTheGrace(boolean isIdle) {
    channel.freezeTime();
    channel
        .pipeline()
        .fireUserEventTriggered(isIdle ? IdleStateEvent.ALL_IDLE_STATE_EVENT : Drain.NOW);

    Http2GoAwayFrame goAway = channel.readOutbound();
    assertThat(goAway.extraStreamIds()).isEqualTo(Integer.MAX_VALUE);
    assertThat(goAway.errorCode()).isZero();
    goAway.release();
    assertThat(channel.isOpen()).isTrue();
    channel.advanceTimeBy(ApiServerLimits.GOAWAY_GRACE.toMillis(), TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void event_drainTwice_isAnnouncedOnce() {
    channel.pipeline().fireUserEventTriggered(Drain.NOW);
    channel.pipeline().fireUserEventTriggered(Drain.NOW);

    assertThat(channel.outboundMessages()).hasSize(1);
  }

  @Test
  void event_another_isNoReasonToEnd() {
    channel.pipeline().fireUserEventTriggered("another");

    assertThat(channel.outboundMessages()).isEmpty();
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void event_drainOfAClosedConnection_writesNothing() {
    var ctx = channel.pipeline().firstContext();
    var handler = (StreamConnectionHandler) ctx.handler();
    channel.close().syncUninterruptibly();

    handler.userEventTriggered(ctx, Drain.NOW);

    assertThat(channel.outboundMessages()).isEmpty();
  }

  @Test
  void read_frame_isReleased() {
    ByteBuf frame = Unpooled.buffer(1);
    channel.writeInbound(frame);

    assertThat(frame.refCnt()).isZero();
    assertThat(channel.inboundMessages()).isEmpty();
  }

  @Test
  void exception_any_closes() {
    channel.pipeline().fireExceptionCaught(new IllegalStateException("on purpose"));

    assertThat(channel.isOpen()).isFalse();
  }
}
