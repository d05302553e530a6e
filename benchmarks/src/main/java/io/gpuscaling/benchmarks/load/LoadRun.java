package io.gpuscaling.benchmarks.load;

import io.gpuscaling.core.time.Ticker;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2StreamFrame;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Asks the same question again and again on a number of streams of one connection; each stream asks
 * as soon as it has its answer. One use.
 */
@SuppressWarnings("FutureReturnValueIgnored") // of writes: a stream that breaks becomes inactive
final class LoadRun {

  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Http2Connection connection;
  private final String path;
  private final Ticker ticker;
  private final Latencies latencies = new Latencies();
  private final LongAdder failures = new LongAdder();
  private final int streams;
  private final CountDownLatch running;
  private volatile boolean isOver;

  LoadRun(Http2Connection connection, String path, int streams, Ticker ticker) {
    this.connection = connection;
    this.path = path;
    this.streams = streams;
    this.ticker = ticker;
    this.running = new CountDownLatch(streams);
  }

  /**
   * What came of a run.
   *
   * @param latencies of the answers with code 200
   * @param failures all other answers, and streams that broke
   * @param elapsed from the first question to the last answer
   */
  record Result(Latencies latencies, long failures, Duration elapsed) {

    double requestsPerSecond() {
      return latencies.count() / (elapsed.toNanos() / 1e9);
    }
  }

  /** Runs for a time, and waits for the last answers. */
  Result run(Duration duration) throws InterruptedException {
    long begin = ticker.nanos();
    for (int stream = 0; stream < streams; stream++) {
      ask();
    }
    // Nothing counts the latch down to zero before the end.
    boolean broke = running.await(duration.toNanos(), TimeUnit.NANOSECONDS);
    isOver = true;
    if (!broke && !running.await(GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new IllegalStateException("no answer in " + GRACE);
    }
    return new Result(latencies, failures.sum(), Duration.ofNanos(ticker.nanos() - begin));
  }

  private void ask() {
    var handler = new Question();
    connection
        .streams(handler)
        .open()
        .addListener(opened -> {
          if (!opened.isSuccess()) {
            failures.increment();
            running.countDown();
          }
        });
  }

  private void answered(long nanos, boolean isGood) {
    if (isGood) {
      latencies.add(nanos);
    } else {
      failures.increment();
    }
    if (isOver) {
      running.countDown();
    } else {
      ask();
    }
  }

  /** One question on a stream of its own. */
  @ChannelHandler.Sharable // never shared, but the bootstrap asks
  private final class Question extends SimpleChannelInboundHandler<Http2StreamFrame> {
    private long askedAtNanos;
    private boolean isGood;
    private boolean isDone;

    @Override
    public void channelActive(ChannelHandlerContext context) {
      Http2Headers headers =
          new DefaultHttp2Headers()
              .method("GET")
              .scheme("https")
              .authority("127.0.0.1")
              .path(path)
              .add("accept", "application/json");
      askedAtNanos = ticker.nanos();
      context.writeAndFlush(new DefaultHttp2HeadersFrame(headers, true));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Http2StreamFrame frame) {
      if (frame instanceof Http2HeadersFrame headers) {
        isGood = "200".contentEquals(headers.headers().status());
        end(headers.isEndStream());
      } else if (frame instanceof Http2DataFrame data) {
        end(data.isEndStream());
      }
    }

    private void end(boolean isEndOfStream) {
      if (isEndOfStream && !isDone) {
        isDone = true;
        answered(ticker.nanos() - askedAtNanos, isGood);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (!isDone) {
        isDone = true;
        failures.increment();
        running.countDown();
      }
    }
  }
}
