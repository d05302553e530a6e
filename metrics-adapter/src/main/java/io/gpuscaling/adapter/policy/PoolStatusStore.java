package io.gpuscaling.adapter.policy;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** Keeps the status of pools, for people. Calls block; safe for use by any thread. */
@FunctionalInterface
public interface PoolStatusStore {

  /**
   * Writes, unless that is written already.
   *
   * @param pool its name
   * @param generation of the pool that the verdict is about; empty for one that could not be read:
   *     then that which is there now, if it still cannot
   * @param now since when it is so, if it was not so before
   * @return why it could not be written
   */
  Optional<String> write(String pool, OptionalLong generation, PoolVerdict verdict, Instant now);
}
