package io.gpuscaling.policy.hpa;

import java.time.Instant;

/** What an HPA that has a tolerance is told, so that it does what was decided and nothing else. */
public sealed interface HpaInput {

  /** How a value stands to the replicas that are wanted. */
  enum Manner {
    /** It is their number. */
    PLAIN,
    /** The HPA rounds it up to their number. */
    ROUNDED_UP,
    /** It lies just outside the tolerance, and the HPA's own policies hold it to the step. */
    OUTSIDE_TOLERANCE
  }

  /**
   * A value.
   *
   * @param milli in thousandths
   */
  record Value(long milli, Manner manner) implements HpaInput {}

  /**
   * Nothing, while other pods exist than are wanted and nothing is to be done, or nothing that is
   * safe: within its tolerance an HPA writes what exists over what is wanted.
   *
   * @param spec {@code spec.replicas}
   * @param status {@code status.replicas}
   */
  record Unsettled(int spec, int status) implements HpaInput {}

  /**
   * Nothing yet: the HPA may remember changes by which its policies would let it go too far.
   *
   * @param until when it has forgotten them
   */
  record WaitingForPeriod(Instant until) implements HpaInput {}

  /**
   * Nothing: no value makes the HPA do that step, and no more.
   *
   * @param from the replicas now
   * @param to the replicas wanted, as far as the HPA's bounds allow
   */
  record StepWithinTolerance(int from, int to) implements HpaInput {}
}
