package io.gpuscaling.policy.observe;

import io.gpuscaling.policy.spec.Operator;

/** How an observed value stands to the true one. */
public enum Exactness {
  EXACT,
  ESTIMATE,
  /** The true one is at least this. */
  LOWER_BOUND,
  /** The true one is at most this. */
  UPPER_BOUND;

  /** Whether a value that is at least (or at most) this proves that the true one is too large. */
  public boolean provesLarge() {
    return this != UPPER_BOUND;
  }

  /** Whether it proves that the true one is too small. */
  public boolean provesSmall() {
    return this != LOWER_BOUND;
  }

  /** Whether an observed value that breaches a threshold proves that the true one does. */
  public boolean proves(Operator operator) {
    return operator.isUpward() ? provesLarge() : provesSmall();
  }
}
