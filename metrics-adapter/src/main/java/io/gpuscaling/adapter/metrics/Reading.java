package io.gpuscaling.adapter.metrics;

import io.gpuscaling.core.metric.Exactness;

/** What a stored sample is worth at the instant of a request. */
sealed interface Reading {

  /**
   * A number that may be served.
   *
   * @param exactness how it stands to the true one
   */
  record Fresh(double value, long ageNanos, Exactness exactness) implements Reading {}

  /**
   * None that may be served.
   *
   * @param why a clause: "its source cannot be reached"
   */
  record Missing(String why) implements Reading {}
}
