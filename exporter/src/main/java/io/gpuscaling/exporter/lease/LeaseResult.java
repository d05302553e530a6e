package io.gpuscaling.exporter.lease;

import java.util.List;

/** What a change of the leases came to. */
sealed interface LeaseResult {

  /** It is so now. */
  record Done() implements LeaseResult {}

  /**
   * It is so now, but for tasks that were ended before and are therefore not counted.
   *
   * @param endedTaskIds which
   */
  record DoneExcept(List<String> endedTaskIds) implements LeaseResult {

    /** Copies the list. */
    public DoneExcept {
      endedTaskIds = List.copyOf(endedTaskIds);
    }
  }

  /**
   * A bound is reached; nothing was changed.
   *
   * @param limit a sentence that names it
   */
  record Full(String limit) implements LeaseResult {}

  /** The pod is being taken away and starts nothing new; nothing was changed. */
  record Draining() implements LeaseResult {}
}
