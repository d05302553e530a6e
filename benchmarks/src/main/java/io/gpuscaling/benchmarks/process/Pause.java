package io.gpuscaling.benchmarks.process;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets time pass while something is measured: the one case in which there is nothing to wait for.
 */
public final class Pause {

  private Pause() {}

  /** Returns after this time. */
  public static void of(Duration duration) throws InterruptedException {
    var never = new CountDownLatch(1);
    if (never.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new IllegalStateException("nobody counts it down");
    }
  }
}
