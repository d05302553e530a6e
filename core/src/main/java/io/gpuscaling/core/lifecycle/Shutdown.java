package io.gpuscaling.core.lifecycle;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a program until it is told to end, and ends it in order: a signal, or {@link #stop} or
 * {@link #fail} from any thread, leads to one {@link Component#close}, with one deadline, and to
 * one exit code. A JVM would end with 143 after SIGTERM however well the program closed; this one
 * ends with what {@link #run} answers.
 */
public final class Shutdown {

  /** Ended in order, because it was told to. */
  public static final int EXIT_OK = 0;

  /** Did not start, broke while it ran, or did not close in order. */
  public static final int EXIT_FAILED = 1;

  /** Was not closed at the deadline. */
  public static final int EXIT_DEADLINE = 3;

  private static final Logger LOGGER = LoggerFactory.getLogger(Shutdown.class);

  private final ProcessSignals process;
  private final Duration grace;
  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile int exitCode = EXIT_OK;

  /**
   * Puts it together.
   *
   * @param grace from the request to the end, at most; less than what the platform grants before it
   *     kills
   */
  public Shutdown(ProcessSignals process, Duration grace) {
    this.process = process;
    this.grace = grace;
  }

  /** Asks for an orderly end. Answers at once. */
  public void stop() {
    requested.countDown();
  }

  /** Asks for an end because something broke that the program cannot run without. */
  public void fail(String what, Throwable cause) {
    LOGGER.atError().setCause(cause).log(what);
    exitCode = EXIT_FAILED;
    requested.countDown();
  }

  /** Whether the end was asked for. */
  public boolean isRequested() {
    return requested.getCount() == 0;
  }

  /**
   * Starts a program, waits until its end is asked for, and closes it. Call it once.
   *
   * @return the exit code for the process
   */
  public int run(Component program) {
    process.onEnd().accept(this::onProcessEnd);
    try {
      program.start();
    } catch (Exception e) {
      fail("cannot start", e);
    }
    try {
      requested.await();
    } catch (InterruptedException e) {
      fail("interrupted while running", e);
    }
    LOGGER.atInfo().log("stopping");
    close(program);
    LOGGER.atInfo().addKeyValue("exitCode", exitCode).log("stopped");
    finished.countDown();
    return exitCode;
  }

  /** Closing has a thread of its own, so that a close that hangs cannot hold the process. */
  private void close(Component program) {
    Thread closing =
        Thread.ofPlatform()
            .name("close")
            .daemon()
            .start(() -> {
              try {
                program.close();
              } catch (RuntimeException e) {
                fail("not closed in order", e);
              }
            });
    try {
      if (!closing.join(grace)) {
        LOGGER.atError().addKeyValue("grace", grace).log("not closed at the deadline");
        exitCode = EXIT_DEADLINE;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      exitCode = EXIT_FAILED;
    }
  }

  /** The start may still run, so the deadline is kept here as well. */
  private void onProcessEnd() {
    requested.countDown();
    try {
      // Twice: a start that is about to end is closed within a grace of its own.
      boolean isFinished = finished.await(2 * grace.toNanos(), TimeUnit.NANOSECONDS);
      process.halt().accept(isFinished ? exitCode : EXIT_DEADLINE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.halt().accept(EXIT_DEADLINE);
    }
  }
}
