package io.gpuscaling.adapter.metrics;

/** What a stored sample is worth at the instant of a request. */
sealed interface Reading {

  /** A number that may be served. */
  record Fresh(double value, long ageNanos) implements Reading {}

  /**
   * None that may be served.
   *
   * @param why a clause: "its source cannot be reached"
   */
  record Missing(String why) implements Reading {}
}
