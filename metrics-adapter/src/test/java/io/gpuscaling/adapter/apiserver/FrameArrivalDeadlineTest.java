package io.gpuscaling.adapter.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FrameArrivalDeadlineTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(32);
  private static final int HEADERS = 1;
  private static final int CONTINUATION = 9;
  private static final int PING = 6;
  private static final int END_HEADERS = 4;

  private final EmbeddedChannel channel = new EmbeddedChannel(new FrameArrivalDeadline(TIMEOUT));

  @BeforeEach
  void start() {
    channel.freezeTime();
    send(Unpooled.wrappedBuffer(new byte[24]));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void frames_whole_neverClose() {
    send(frame(PING, 0, 8), frame(HEADERS, END_HEADERS, 30), frame(4, 0, 0));
    pass(TIMEOUT.multipliedBy(2));

    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void preface_cut_closesAtTheDeadline() {
    var fresh = new EmbeddedChannel(new FrameArrivalDeadline(TIMEOUT));
    fresh.writeInbound(Unpooled.wrappedBuffer(new byte[23]));
    fresh.advanceTimeBy(TIMEOUT.toNanos() + 1, TimeUnit.NANOSECONDS);
    fresh.runScheduledPendingTasks();

    assertThat(fresh.isOpen()).isFalse();
    fresh.finishAndReleaseAll();
  }

  @Test
  void header_cut_closesAtTheDeadline() {
    send(frame(PING, 0, 8).copy(0, 5));
    pass(TIMEOUT.minusSeconds(1));
    assertThat(channel.isOpen()).isTrue();

    pass(Duration.ofSeconds(1));

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void payload_dripped_closesAtTheDeadlineOfItsFirstByte() {
    ByteBuf bytes = frame(PING, 0, 200);
    for (int i = 0; i < 64 && channel.isOpen(); i++) {
      send(bytes.copy(i, 1));
      pass(Duration.ofSeconds(1));
    }

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void block_neverEnded_closesThoughItsFramesAreWhole() {
    send(frame(HEADERS, 0, 10));
    for (int i = 0; i < 40 && channel.isOpen(); i++) {
      send(frame(CONTINUATION, 0, 1));
      pass(Duration.ofSeconds(1));
    }

    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void block_ended_isNoReasonToClose() {
    send(frame(HEADERS, 0, 10), frame(CONTINUATION, END_HEADERS, 0));
    pass(TIMEOUT.multipliedBy(2));

    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void otherFrames_cutBetweenReads_areNotOneThatHangs() {
    ByteBuf frame = frame(PING, 0, 8);
    send(frame.copy(0, 10));
    for (int i = 0; i < 100; i++) {
      pass(Duration.ofSeconds(1));
      send(frame.copy(10, 7), frame.copy(0, 10));
    }

    assertThat(channel.isOpen()).isTrue();
    pass(TIMEOUT);
    pass(TIMEOUT);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void anyCut_ofWholeFrames_isReadAlike() {
    var random = new SplittableRandom(7);
    ByteBuf all = Unpooled.buffer();
    for (int i = 0; i < 200; i++) {
      all.writeBytes(
          frame(random.nextInt(10), random.nextInt(256) | END_HEADERS, random.nextInt(300)));
    }
    while (all.isReadable()) {
      send(all.readRetainedSlice(Math.min(all.readableBytes(), random.nextInt(1, 400))));
    }
    all.release();
    pass(TIMEOUT.multipliedBy(3));

    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void other_messages_passThrough() {
    channel.writeInbound("text");

    ByteBuf preface = channel.readInbound();
    String text = channel.readInbound();
    assertThat(preface.readableBytes()).isEqualTo(24);
    assertThat(text).isEqualTo("text");
    preface.release();
  }

  @Test
  void closed_whileIncomplete_leavesNoTask() {
    send(frame(PING, 0, 8).copy(0, 5));
    channel.close().syncUninterruptibly();

    assertThat(channel.hasPendingTasks()).isFalse();
    pass(TIMEOUT.multipliedBy(2));
  }

  private static ByteBuf frame(int type, int flags, int length) {
    return Unpooled.buffer()
        .writeMedium(length)
        .writeByte(type)
        .writeByte(flags)
        .writeInt(1)
        .writeZero(length);
  }

  private void send(ByteBuf... pieces) {
    for (ByteBuf piece : pieces) {
      if (channel.isOpen()) {
        channel.writeInbound(piece);
      }
    }
  }

  private void pass(Duration time) {
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
  }
}
