package io.gpuscaling.core.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class PeriodicTaskTest {

  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration NEVER = Duration.ofHours(1);

  @Test
  void start_longInterval_runsAtOnce() throws InterruptedException {
    var ran = new CountDownLatch(1);
    try (var task = new PeriodicTask("once", NEVER, ran::countDown)) {
      task.start();
      assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void run_taskThrows_runsAgain() {
    var runs = new AtomicInteger();
    try (var task =
        new PeriodicTask(
            "failing",
            SHORT,
            () -> {
              switch (runs.incrementAndGet()) {
                case 1 -> throw new IllegalStateException("on purpose");
                case 2 -> throw new StackOverflowError("on purpose");
                default -> {}
              }
            })) {
      task.start();
      await().untilAsserted(() -> assertThat(runs).hasValueGreaterThan(3));
    }
  }

  @Test
  void run_slowTask_neverTwiceAtATime() {
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    var runs = new AtomicInteger();
    try (var task =
        new PeriodicTask(
            "slow",
            SHORT,
            () -> {
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              LockSupport.parkNanos(100_000);
              inside.decrementAndGet();
              runs.incrementAndGet();
            })) {
      task.start();
      await().untilAsserted(() -> assertThat(runs).hasValueGreaterThan(20));
    }
    assertThat(most).hasValue(1);
  }

  @Test
  void close_taskRuns_interruptsAndWaitsForIt() throws InterruptedException {
    var entered = new CountDownLatch(1);
    var ended = new AtomicBoolean();
    var interrupted = new AtomicBoolean();
    var task =
        new PeriodicTask(
            "waiting",
            NEVER,
            () -> {
              entered.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.set(true);
              }
              ended.set(true);
            });
    task.start();
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

    task.close();

    assertThat(interrupted).isTrue();
    assertThat(ended).isTrue();
  }

  @Test
  void close_shortInterval_noRunBeginsAfterwards() {
    var closed = new AtomicBoolean();
    var late = new AtomicInteger();
    var runs = new AtomicInteger();
    for (int round = 0; round < 50; round++) {
      closed.set(false);
      int before = runs.get();
      var task =
          new PeriodicTask(
              "short",
              Duration.ofNanos(1),
              () -> {
                runs.incrementAndGet();
                if (closed.get()) {
                  late.incrementAndGet();
                }
              });
      task.start();
      await().pollDelay(Duration.ZERO).until(() -> runs.get() > before);
      task.close();
      closed.set(true);
    }
    assertThat(late).hasValue(0);
  }

  @Test
  void close_callerIsInterrupted_handsTheInterruptOn() {
    var task = new PeriodicTask("interrupted", NEVER, () -> {});
    task.start();
    Thread.currentThread().interrupt();

    task.close();

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void close_neverStarted_doesNothing() {
    var runs = new AtomicInteger();
    new PeriodicTask("idle", SHORT, runs::incrementAndGet).close();
    assertThat(runs).hasValue(0);
  }

  @Test
  void create_intervalOfZero_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PeriodicTask("busy", Duration.ZERO, () -> {}))
        .withMessageContaining("busy");
  }
}
