package io.gpuscaling.exporter.source;

import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a task again and again on one virtual thread: never twice at once, since the next run waits
 * for the one before. From start to start a run takes the interval, less up to a tenth of it, so
 * that many nodes do not poll in step; a run that took longer is followed by the next at once. The
 * task bounds its own time. Safe for use by any thread.
 */
public final class PollLoop implements AutoCloseable {

  /** How long {@link #close} waits for a run to notice the interrupt. */
  public static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(PollLoop.class);
  private static final double JITTER_RATIO = 0.1;

  private final String name;
  private final Duration interval;
  private final Runnable task;
  private final Ticker ticker;
  private final RandomGenerator random;

  /** One permit when the next run need not wait. */
  private final Semaphore woken = new Semaphore(0);

  private volatile boolean closed;
  private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

  /**
   * A loop that does nothing until {@link #start}.
   *
   * @param name of its thread
   * @param interval from start to start of the task; more than zero
   */
  public PollLoop(
      String name, Duration interval, Runnable task, Ticker ticker, RandomGenerator random) {
    if (!interval.isPositive()) {
      throw new IllegalArgumentException("the interval must be more than zero: " + interval);
    }
    this.name = name;
    this.interval = interval;
    this.task = task;
    this.ticker = ticker;
    this.random = random;
  }

  /**
   * Runs the task for the first time now, on the loop's thread.
   *
   * @throws IllegalStateException when called twice or after {@link #close}
   */
  public void start() {
    Thread created = Thread.ofVirtual().name(name).unstarted(this::run);
    if (closed || !thread.compareAndSet(null, created)) {
      throw new IllegalStateException(name + " has been started or closed before");
    }
    created.start();
  }

  /** Makes the next run begin at once instead of at its time. */
  public void wake() {
    woken.release();
  }

  /** Interrupts the task and waits until it has ended, at most {@link #CLOSE_TIMEOUT}. */
  @Override
  public void close() {
    closed = true;
    wake();
    Thread running = thread.get();
    if (running == null || running == Thread.currentThread()) {
      return;
    }
    running.interrupt();
    try {
      if (!running.join(CLOSE_TIMEOUT)) {
        LOG.warn("{} has not ended within {}", name, CLOSE_TIMEOUT);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!closed) {
        long started = ticker.nanos();
        runOnce();
        double share = 1 - JITTER_RATIO * random.nextDouble();
        long wait = (long) (interval.toNanos() * share) - (ticker.nanos() - started);
        if (woken.tryAcquire(Math.max(wait, 0), TimeUnit.NANOSECONDS)) {
          woken.drainPermits();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** A bug in one run must not silence the source for ever; its samples age meanwhile. */
  private void runOnce() {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("{}: a poll ended by a bug", name, e);
    }
  }
}
