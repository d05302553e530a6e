package io.gpuscaling.exporter.rabbitmq.age;

import io.gpuscaling.core.metric.Exactness;

/** How old the oldest ready message of a queue is, as far as that is known. */
public sealed interface AgeEstimate {

  /** No message is ready, so none has an age. */
  record Empty() implements AgeEstimate {}

  /**
   * An age.
   *
   * @param ageNanos from the arrival to the look at the queue; 0 or more
   * @param exactness {@link Exactness#EXACT} when it is off by at most half the resolution of the
   *     estimator either way; an upper bound when arrivals are known only in part or late; an
   *     estimate while messages that consumers gave back are ready again; a lower bound for a
   *     backlog that was there before the first look, and where messages may overtake each other
   */
  record Age(long ageNanos, Exactness exactness) implements AgeEstimate {}

  /** A backlog from before the first look, of which not even a bound is known. */
  record Undetermined() implements AgeEstimate {}
}
