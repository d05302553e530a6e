package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.pool.PoolUse;
import io.gpuscaling.kubernetes.policy.GpuPool;
import java.time.Instant;
import java.util.Optional;

/** Keeps the status of pools, for people. Calls block; safe for use by any thread. */
@FunctionalInterface
public interface PoolStatusStore {

  /**
   * Writes, unless that is written already.
   *
   * @param now since when it is so, if it was not so before
   * @return why it could not be written
   */
  Optional<String> write(GpuPool pool, PoolUse use, Instant now);
}
