package io.gpuscaling.adapter.policy;

import java.time.Instant;
import java.util.Map;

/** Reads what pods use now. Blocks, with a deadline of its own. */
@FunctionalInterface
public interface UsageReader {

  /** What reading came to. */
  sealed interface Usages {
    /** Of the pods that are known to the source, by name. */
    record Known(Map<String, Usage> pods) implements Usages {
      /** Copies. */
      public Known {
        pods = Map.copyOf(pods);
      }
    }

    /**
     * Nobody can say.
     *
     * @param sentence why
     */
    record Unknown(String sentence) implements Usages {}
  }

  /**
   * What one pod uses.
   *
   * @param at the end of the window over which it was measured, by the source's clock
   */
  record Usage(long cpuMillis, long memoryBytes, Instant at) {}

  /** Of all pods of a namespace. */
  Usages read(String namespace);
}
