package io.gpuscaling.exporter.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class PollLoopTest {

  private static PollLoop loop(Duration interval, Runnable task) {
    return new PollLoop("poll-test", interval, task, Ticker.system(), new SplittableRandom(7));
  }

  @Test
  void start_runsAgainAndAgain_neverTwiceAtOnce() throws InterruptedException {
    var runs = new CountDownLatch(20);
    var inFlight = new AtomicInteger();
    var most = new AtomicInteger();
    try (var loop =
        loop(
            Duration.ofNanos(1),
            () -> {
              most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
              runs.countDown();
              inFlight.decrementAndGet();
            })) {
      loop.start();

      assertThat(runs.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(most).hasValue(1);
  }

  @Test
  void task_thatThrows_isRunAgain() throws InterruptedException {
    var runs = new CountDownLatch(3);
    try (var loop =
        loop(
            Duration.ofMillis(1),
            () -> {
              runs.countDown();
              throw new IllegalStateException("a bug, thrown by the test");
            })) {
      loop.start();

      assertThat(runs.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void close_interruptsTheTaskAndEndsTheLoop() throws InterruptedException {
    var started = new CountDownLatch(1);
    var interrupted = new CountDownLatch(1);
    var runs = new AtomicInteger();
    var loop =
        loop(
            Duration.ofNanos(1),
            () -> {
              runs.incrementAndGet();
              started.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException _) {
                interrupted.countDown();
                Thread.currentThread().interrupt();
              }
            });
    loop.start();
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();

    loop.close();

    assertThat(interrupted.getCount()).isZero();
    assertThat(runs).hasValue(1);
  }

  @Test
  void close_whileWaiting_returnsAtOnce() throws InterruptedException {
    var started = new CountDownLatch(1);
    var loop = loop(Duration.ofHours(1), started::countDown);
    loop.start();
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();

    loop.close();
    loop.close();

    assertThatThrownBy(loop::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void wake_whileWaiting_runsAtOnce() throws InterruptedException {
    var runs = new CountDownLatch(2);
    try (var loop = loop(Duration.ofHours(1), runs::countDown)) {
      loop.start();
      loop.wake();

      assertThat(runs.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void close_fromTheTask_doesNotWaitForItself() throws InterruptedException {
    var done = new CountDownLatch(1);
    var self = new PollLoop[1];
    self[0] =
        loop(
            Duration.ofNanos(1),
            () -> {
              self[0].close();
              done.countDown();
            });
    self[0].start();

    assertThat(done.await(1, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void start_twiceOrClosed_isRefused() {
    try (var loop = loop(Duration.ofHours(1), () -> {})) {
      loop.start();
      assertThatThrownBy(loop::start).isInstanceOf(IllegalStateException.class);
    }
    assertThatThrownBy(() -> loop(Duration.ZERO, () -> {}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
