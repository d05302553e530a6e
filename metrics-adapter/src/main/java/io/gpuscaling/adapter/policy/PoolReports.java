package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.pool.PoolAccount;
import io.gpuscaling.kubernetes.policy.GpuPool;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes into the status of pools how large they are, how much of each is taken, and what is wrong
 * with them: for people, no decision reads it. Of the evaluator's thread alone, but for the writes.
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
   * @param read which object was reported on
   * @param isWritten false until the write has succeeded; another thread sets it
   */
  private record Report(
      Read<GpuPool> read, PoolVerdict verdict, long atNanos, AtomicReference<Boolean> isWritten) {}

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
      Function<GpuPool, PoolAccount> accounts,
      long nowNanos,
      Instant now) {
    if (store.isEmpty()) {
      return;
    }
    reported.keySet().retainAll(pools.keySet());
    pools.forEach((name, read) -> report(name, read, accounts, nowNanos, now));
  }

  private void report(
      String name,
      Read<GpuPool> read,
      Function<GpuPool, PoolAccount> accounts,
      long nowNanos,
      Instant now) {
    Report last = reported.get(name);
    if (last != null && nowNanos - last.atNanos() < WRITE_PAUSE.toNanos()) {
      return;
    }
    PoolVerdict verdict =
        switch (read) {
          case Read.Valid<GpuPool>(GpuPool pool) -> PoolVerdict.of(pool, accounts.apply(pool));
          case Read.Invalid<GpuPool>(List<Problem> problems) -> PoolVerdict.invalid(problems);
        };
    if (last != null
        && last.isWritten().get()
        && last.verdict().equals(verdict)
        && isOfSame(last.read(), read)) {
      return;
    }
    var isWritten = new AtomicReference<>(false);
    reported.put(name, new Report(read, verdict, nowNanos, isWritten));
    threads.execute(() -> {
      Optional<String> failure = store.orElseThrow().write(name, generation(read), verdict, now);
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

  /** Of one that cannot be read every version counts as news: its generation is not known. */
  @SuppressWarnings("ReferenceEquality") // the same instance while the object has not changed
  private static boolean isOfSame(Read<GpuPool> before, Read<GpuPool> now) {
    OptionalLong generation = generation(now);
    return generation.isPresent() ? generation.equals(generation(before)) : before == now;
  }

  private static OptionalLong generation(Read<GpuPool> read) {
    return read instanceof Read.Valid<GpuPool>(GpuPool pool)
        ? OptionalLong.of(pool.metadata().generation())
        : OptionalLong.empty();
  }
}
