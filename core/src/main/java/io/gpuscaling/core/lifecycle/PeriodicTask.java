package io.gpuscaling.core.lifecycle;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a task again and again, never twice at a time, on a virtual thread of its own. A task that
 * throws is logged and run again the next time: a periodic task that ends in silence is how a
 * system comes to serve old news. Create, start, close; each once.
 */
public final class PeriodicTask implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PeriodicTask.class);

  /** How long {@link #close} waits for a run that is under way; it has been interrupted then. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

  private final String name;
  private final Duration interval;
  private final Runnable task;
  private final ScheduledExecutorService scheduler;

  /**
   * A task that does not run yet.
   *
   * @param name of the thread and in logs
   * @param interval from the end of one run to the start of the next; more than zero
   */
  public PeriodicTask(String name, Duration interval, Runnable task) {
    if (!interval.isPositive()) {
      throw new IllegalArgumentException("the interval of " + name + " must be more than zero");
    }
    this.name = name;
    this.interval = interval;
    this.task = task;
    this.scheduler =
        Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name(name).factory());
  }

  /** Runs the task for the first time at once. */
  public void start() {
    var _ =
        scheduler.scheduleWithFixedDelay(this::run, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void run() {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log.atError()
          .addKeyValue("task", name)
          .setCause(e)
          .log("a periodic task failed; it runs again");
    }
  }

  /** Ends it: no run begins after this returns. An interrupt is handed on. */
  @Override
  public void close() {
    scheduler.shutdownNow();
    try {
      if (!scheduler.awaitTermination(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.atWarn().addKeyValue("task", name).log("a periodic task does not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
