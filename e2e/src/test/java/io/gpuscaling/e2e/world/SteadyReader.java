package io.gpuscaling.e2e.world;

import io.gpuscaling.testkit.controlplane.KubernetesApi.Answer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Reads at a steady rate until it is closed, whatever earlier reads take, and notes each one that
 * did not succeed. When the machine stands still for a moment, the reads that fell due wait until
 * earlier ones have ended: one connection carries no more at once.
 */
public final class SteadyReader implements AutoCloseable {

  /** Below the 100 streams of a connection that HTTP/2 servers commonly allow a client. */
  private static final int MAX_IN_FLIGHT = 64;

  private final Semaphore places = new Semaphore(MAX_IN_FLIGHT);
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger reads = new AtomicInteger();
  private final List<String> failures = new CopyOnWriteArrayList<>();

  private SteadyReader() {}

  /** Begins to read. */
  public static SteadyReader start(int readsPerSecond, Supplier<Answer> read) {
    var reader = new SteadyReader();
    var _ =
        reader.clock.scheduleAtFixedRate(
            () -> {
              var _ = reader.threads.submit(() -> reader.read(read));
            },
            0,
            Duration.ofSeconds(1).toNanos() / readsPerSecond,
            TimeUnit.NANOSECONDS);
    return reader;
  }

  private void read(Supplier<Answer> read) {
    places.acquireUninterruptibly();
    try {
      Answer answer = read.get();
      if (!answer.isSuccess()) {
        failures.add(answer.status() + ": " + answer.text());
      }
    } catch (RuntimeException e) {
      failures.add(e.toString());
    } finally {
      places.release();
    }
    reads.incrementAndGet();
  }

  /** How many reads have ended. */
  public int reads() {
    return reads.get();
  }

  /** What failed, in order. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /** Begins no more reads and waits for those that run. */
  @Override
  public void close() {
    clock.shutdown();
    threads.close();
  }
}
