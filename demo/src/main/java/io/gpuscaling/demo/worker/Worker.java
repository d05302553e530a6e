package io.gpuscaling.demo.worker;

import io.gpuscaling.core.lifecycle.PeriodicTask;
import io.gpuscaling.demo.queue.Delivery;
import io.gpuscaling.demo.queue.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A worker pod: takes one message after the other, leases a task for each, works for a while, ends
 * it. Told to retire, it finishes the task that runs and gives the rest back, as a pod does within
 * its grace period. One virtual thread works, another renews the leases.
 */
final class Worker {

  private static final Duration PATIENCE = Duration.ofMillis(200);

  /** Renewals come three times in a time to live. */
  private static final int LOST_AFTER_FAILURES = 3;

  private final LeaseCalls leases;
  private final Subscription messages;
  private final Duration taskDuration;
  private final Consumer<Boolean> isBusy;
  private final Consumer<String> failed;
  private final Runnable gone;
  private final PeriodicTask renewals;
  private final AtomicInteger failuresInARow = new AtomicInteger();
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean isRetiring;
  private volatile @Nullable String task;

  /**
   * A worker that does nothing yet.
   *
   * @param renewInterval at most a third of the leases' time to live
   * @param isBusy told of each change
   * @param failed told why, when so many lease calls in a row failed that the session is lost
   * @param gone runs when the worker has ended
   */
  Worker(
      LeaseCalls leases,
      Subscription messages,
      Duration taskDuration,
      Duration renewInterval,
      Consumer<Boolean> isBusy,
      Consumer<String> failed,
      Runnable gone) {
    this.leases = leases;
    this.messages = messages;
    this.taskDuration = taskDuration;
    this.isBusy = isBusy;
    this.failed = failed;
    this.gone = gone;
    this.renewals = new PeriodicTask("renew-leases", renewInterval, this::renew);
  }

  void start() {
    renewals.start();
    Thread.ofVirtual().name("worker").start(this::work);
  }

  /** Finishes what runs and ends. Answers at once. */
  void retire() {
    isRetiring = true;
  }

  /** Whether it has been told to end. */
  boolean isRetiring() {
    return isRetiring;
  }

  /** Drops what runs and ends. Answers at once. */
  void cancel() {
    isRetiring = true;
    cancelled.countDown();
  }

  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return ended.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  private void work() {
    try {
      while (!isRetiring) {
        Optional<Delivery> next = messages.next(PATIENCE);
        if (next.isPresent() && !isRetiring) {
          process(next.get());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      messages.close();
      renewals.close();
      told(leases.close());
      gone.run();
      ended.countDown();
    }
  }

  private void process(Delivery message) throws InterruptedException {
    String id = message.id();
    task = id;
    isBusy.accept(true);
    told(leases.start(id));
    boolean isCancelled = cancelled.await(taskDuration.toNanos(), TimeUnit.NANOSECONDS);
    task = null;
    told(leases.end(id));
    isBusy.accept(false);
    if (!isCancelled) {
      message.acknowledge();
    }
  }

  private void renew() {
    String running = task;
    told(leases.renew(running == null ? List.of() : List.of(running)));
  }

  /**
   * A call that was late on a busy machine is made good by the next renewal, which tells of
   * everything; a session is lost only when none gets through for a time to live.
   */
  private void told(LeaseCalls.Result result) {
    switch (result) {
      case LeaseCalls.Result.Done() -> failuresInARow.set(0);
      case LeaseCalls.Result.Failed(String why) -> {
        if (failuresInARow.incrementAndGet() >= LOST_AFTER_FAILURES && cancelled.getCount() > 0) {
          failed.accept(why);
        }
      }
    }
  }
}
