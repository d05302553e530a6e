package io.gpuscaling.adapter.auth;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Runs calls that block, each on a virtual thread of its own, no more than so many at a time, each
 * with a deadline. Safe for use by any thread.
 */
public final class BlockingCalls implements AutoCloseable {

  /** How long a call may take, tries included. */
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Most calls at a time; one more fails at once. */
  public static final int MAX_CONCURRENT = 200;

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("blocking-call-", 0).factory());
  private final Semaphore permits;
  private final Duration timeout;

  /** With the limits above. */
  public BlockingCalls() {
    this(MAX_CONCURRENT, TIMEOUT);
  }

  /** With other limits. */
  public BlockingCalls(int maxConcurrent, Duration timeout) {
    this.permits = new Semaphore(maxConcurrent);
    this.timeout = timeout;
  }

  /**
   * Runs a call.
   *
   * @param failure the result that stands for a call that could not be made in time, by its reason
   * @return never completes exceptionally
   */
  public <T> CompletableFuture<T> run(Supplier<T> call, Function<String, T> failure) {
    if (!permits.tryAcquire()) {
      return CompletableFuture.completedFuture(failure.apply("too many calls are running"));
    }
    try {
      var running = CompletableFuture.supplyAsync(call, threads);
      // The permit belongs to the call, not to whoever waits: a deadline does not end the call.
      var _ = running.whenComplete((_, _) -> permits.release());
      return running
          .copy()
          .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
          .exceptionally(e -> failure.apply(reason(e)));
    } catch (RejectedExecutionException e) {
      permits.release();
      return CompletableFuture.completedFuture(failure.apply("going away"));
    }
  }

  private static String reason(Throwable e) {
    return e instanceof TimeoutException
        ? "no answer in time"
        : "the call broke: " + e.getClass().getSimpleName();
  }

  /** Interrupts what runs. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
