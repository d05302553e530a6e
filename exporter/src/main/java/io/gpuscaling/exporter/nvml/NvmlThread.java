package io.gpuscaling.exporter.nvml;

import io.gpuscaling.core.time.Ticker;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes all calls of the library, one after the other, on one platform thread: a driver that hangs
 * holds that thread, and none besides; nothing can interrupt it. While a call has not come back no
 * other is made. {@link #read} and {@link #close} are for one caller's thread.
 */
final class NvmlThread implements AutoCloseable {

  /** Longest wait for a call that runs when it closes. */
  static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  /** The first wait before the library is opened or initialised again; then twice as long ... */
  static final Duration FIRST_WAIT = Duration.ofSeconds(10);

  /** ... up to this. */
  static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  private static final Logger LOG = LoggerFactory.getLogger(NvmlThread.class);

  private final String library;
  private final Ticker ticker;
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("nvml").factory());

  // Only the caller's thread uses it.
  private @Nullable Future<NvmlReading> pending;

  // Only the thread itself uses what follows.
  private @Nullable NvmlSession session;
  private NvmlReading.@Nullable Failed lastFailure;
  private long waitNanos = FIRST_WAIT.toNanos();
  private long waitsUntilNanos;
  private boolean waits;

  NvmlThread(String library, Ticker ticker) {
    this.library = library;
    this.ticker = ticker;
  }

  /** Reads everything, or says why not. Blocks for at most the timeout. */
  NvmlReading read(Duration timeout) throws InterruptedException {
    Future<NvmlReading> earlier = pending;
    if (earlier != null && !earlier.isDone()) {
      return new NvmlReading.Failed(NvmlFailure.TIMEOUT, "an earlier call has not come back");
    }
    Future<NvmlReading> mine = executor.submit(this::readNow);
    pending = mine;
    try {
      return mine.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      return new NvmlReading.Failed(
          NvmlFailure.TIMEOUT, "no answer within " + timeout.toMillis() + " ms");
    } catch (ExecutionException e) {
      LOG.error("a read of NVML ended by a bug", e.getCause());
      return new NvmlReading.Failed(NvmlFailure.ERROR, "a bug");
    }
  }

  private NvmlReading readNow() {
    NvmlSession open = session;
    if (open == null) {
      NvmlReading.Failed failure = lastFailure;
      if (failure != null && isWaiting()) {
        return failure;
      }
      switch (NvmlSession.open(library)) {
        case NvmlSession.Opened.Failed(NvmlReading.Failed why) -> {
          return failed(why);
        }
        case NvmlSession.Opened.Open(NvmlSession opened) -> open = opened;
      }
      session = open;
    }
    NvmlReading reading = open.read();
    switch (reading) {
      case NvmlReading.Failed why -> {
        closeSession();
        return failed(why);
      }
      case NvmlReading.Read read when read.reload() -> {
        // It answers what it can until the library is initialised anew, now or when it is time.
        if (!isWaiting()) {
          closeSession();
          beginToWait();
        }
      }
      case NvmlReading.Read _ -> {
        waits = false;
        waitNanos = FIRST_WAIT.toNanos();
      }
    }
    lastFailure = null;
    return reading;
  }

  private NvmlReading failed(NvmlReading.Failed why) {
    lastFailure = why;
    beginToWait();
    return why;
  }

  private boolean isWaiting() {
    return waits && ticker.nanos() - waitsUntilNanos < 0;
  }

  private void beginToWait() {
    waits = true;
    waitsUntilNanos = ticker.nanos() + waitNanos;
    waitNanos = Math.min(2 * waitNanos, LONGEST_WAIT.toNanos());
  }

  private void closeSession() {
    NvmlSession open = session;
    session = null;
    if (open != null) {
      open.close();
    }
  }

  /** Shuts the library down and unloads it, unless a call does not come back. */
  @Override
  public void close() {
    executor.execute(this::closeSession);
    executor.shutdown();
    try {
      if (!executor.awaitTermination(CLOSE_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.warn("a call of NVML has not come back within {}; its thread is left", CLOSE_TIMEOUT);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
