package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.pool.PoolUse;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.resource.Read;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes into the status of pools how large they are and how much of each is taken: for people, no
 * decision reads it. Of the evaluator's thread alone, but for the writes.
 */
final class PoolReports {

  private static final Logger log = LoggerFactory.getLogger(PoolReports.class);

  /** From one write of a pool to the next; what has changed meanwhile is written then. */
  static final Duration WRITE_PAUSE = Duration.ofSeconds(5);

  private final Optional<PoolStatusStore> store;
  private final Executor threads;
  private final PolicyMetrics counts;
  private final Map<String, Report> reported = new HashMap<>();
  private final AtomicReference<String> lastFailure = new AtomicReference<>("");

  /**
   * @param isWritten false until the write has succeeded; another thread sets it
   */
  private record Report(
      long generation, PoolUse use, long atNanos, AtomicReference<Boolean> isWritten) {}

  /**
   * @param store empty where nobody keeps a status
   * @param threads for writes, which block
   */
  PoolReports(Optional<PoolStatusStore> store, Executor threads, PolicyMetrics counts) {
    this.store = store;
    this.threads = threads;
    this.counts = counts;
  }

  /** Has written what is new. Of the leader alone. */
  void report(
      Map<String, Read<GpuPool>> pools,
      Function<GpuPool, PoolUse> uses,
      long nowNanos,
      Instant now) {
    if (store.isEmpty()) {
      return;
    }
    reported.keySet().retainAll(pools.keySet());
    pools.forEach((name, read) -> {
      if (read instanceof Read.Valid<GpuPool>(GpuPool pool)) {
        report(name, pool, uses, nowNanos, now);
      }
    });
  }

  private void report(
      String name, GpuPool pool, Function<GpuPool, PoolUse> uses, long nowNanos, Instant now) {
    Report last = reported.get(name);
    if (last != null && nowNanos - last.atNanos() < WRITE_PAUSE.toNanos()) {
      return;
    }
    PoolUse use = uses.apply(pool);
    long generation = pool.metadata().generation();
    if (last != null
        && last.isWritten().get()
        && last.use().equals(use)
        && last.generation() == generation) {
      return;
    }
    var isWritten = new AtomicReference<>(false);
    reported.put(name, new Report(generation, use, nowNanos, isWritten));
    threads.execute(() -> {
      Optional<String> failure = store.orElseThrow().write(pool, use, now);
      isWritten.set(failure.isEmpty());
      counts.poolReported(failure.isEmpty());
      if (!failure.orElse("").equals(lastFailure.getAndSet(failure.orElse("")))
          && failure.isPresent()) {
        log.atWarn()
            .addKeyValue("pool", name)
            .addKeyValue("reason", failure.get())
            .log("the status of a pool could not be written");
      }
    });
  }
}
