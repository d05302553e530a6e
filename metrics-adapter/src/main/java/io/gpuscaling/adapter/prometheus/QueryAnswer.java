package io.gpuscaling.adapter.prometheus;

import java.time.Instant;

/** What asking once came to. */
sealed interface QueryAnswer {

  /**
   * One finite number.
   *
   * @param at its own time, by Prometheus' clock
   */
  record Found(double value, Instant at) implements QueryAnswer {}

  /**
   * None.
   *
   * @param sentence why, for the people of a policy's namespace: nothing of the text or of other
   *     tenants
   * @param detail more, for the log; may be empty
   */
  record Failed(QueryFailure failure, String sentence, String detail) implements QueryAnswer {
    Failed(QueryFailure failure, String sentence) {
      this(failure, sentence, "");
    }
  }
}
