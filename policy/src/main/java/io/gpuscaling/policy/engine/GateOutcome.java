package io.gpuscaling.policy.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * One gate at one evaluation.
 *
 * @param gate which
 * @param verdict what it did
 * @param reason why
 * @param before replicas that were proposed to it
 * @param after replicas that it let through
 * @param left how long it stays like this at least, where that is known
 */
public record GateOutcome(
    Gate gate, Verdict verdict, Reason reason, int before, int after, Optional<Duration> left) {

  /** What a gate did to a proposal. */
  public enum Verdict {
    /** Nothing. */
    PASSED,
    /** It let less through than was proposed. */
    LIMITED,
    /** It let nothing through. */
    CLOSED,
    /** It decided by itself. */
    DECIDED,
    /** A stronger gate had decided before. */
    NOT_ASKED
  }
}
