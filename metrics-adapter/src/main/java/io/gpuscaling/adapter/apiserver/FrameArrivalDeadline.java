package io.gpuscaling.adapter.apiserver;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes an HTTP/2 connection on which a frame, or a block of headers in several frames, has begun
 * to arrive and does not end: a client that drips bytes is never idle, and what has come of its
 * headers is kept. It is closed after the timeout at the earliest and twice that at the latest.
 * Reads nothing but where frames end (RFC 9113, 4.1). On one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a close that fails has closed already
final class FrameArrivalDeadline extends ChannelInboundHandlerAdapter {

  private static final int PREFACE_BYTES = 24;
  private static final int HEADER_BYTES = 9;
  private static final int TYPE_INDEX = 3;
  private static final int FLAGS_INDEX = 4;
  private static final int HEADERS = 0x1;
  private static final int CONTINUATION = 0x9;
  private static final int END_HEADERS = 0x4;

  private final long timeoutNanos;

  /** What has come of the frame's own header. */
  private int headerBytes;

  private int length;
  private int type;

  /** Bytes until the next frame, or of the preface. */
  private int left = PREFACE_BYTES;

  private boolean isInBlock;

  /** Frames that came whole, a block of headers counting once; wraps around harmlessly. */
  private int arrived;

  private @Nullable Future<?> deadline;

  FrameArrivalDeadline(Duration timeout) {
    this.timeoutNanos = timeout.toNanos();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      scan(bytes);
      if (isIncomplete() && deadline == null) {
        await(ctx);
      }
    }
    ctx.fireChannelRead(message);
  }

  private void await(ChannelHandlerContext ctx) {
    int before = arrived;
    deadline =
        ctx.executor().schedule(() -> check(ctx, before), timeoutNanos, TimeUnit.NANOSECONDS);
  }

  /** One look per deadline, not one for each read: what is incomplete now may be another frame. */
  private void check(ChannelHandlerContext ctx, int before) {
    deadline = null;
    if (isIncomplete()) {
      if (arrived == before) {
        ctx.close();
      } else {
        await(ctx);
      }
    }
  }

  private boolean isIncomplete() {
    return left > 0 || headerBytes > 0 || isInBlock;
  }

  private void scan(ByteBuf bytes) {
    int index = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (index < end) {
      if (left > 0) {
        int step = Math.min(left, end - index);
        left -= step;
        index += step;
        if (left == 0 && !isInBlock) {
          arrived++;
        }
      } else {
        takeHeaderByte(bytes.getUnsignedByte(index++));
      }
    }
  }

  private void takeHeaderByte(int value) {
    if (headerBytes < TYPE_INDEX) {
      length = length << Byte.SIZE | value;
    } else if (headerBytes == TYPE_INDEX) {
      type = value;
    } else if (headerBytes == FLAGS_INDEX && (type == HEADERS || type == CONTINUATION)) {
      isInBlock = (value & END_HEADERS) == 0;
    }
    headerBytes++;
    if (headerBytes == HEADER_BYTES) {
      left = length;
      length = 0;
      headerBytes = 0;
      if (left == 0 && !isInBlock) {
        arrived++;
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
    ctx.fireChannelInactive();
  }
}
