package io.gpuscaling.policy.spec;

import java.util.Optional;
import java.util.OptionalInt;

/** How the values of a rule become a proposal. */
public sealed interface Response {

  /** Whether it can propose fewer replicas. */
  boolean canLower();

  /**
   * Two thresholds, with a dead band between them in which nothing changes.
   *
   * @param up adds replicas when breached
   * @param down removes replicas when breached; without it the rule never lowers
   */
  record Thresholds(Optional<Threshold> up, Optional<Threshold> down) implements Response {
    /** Refuses a response that says nothing. */
    public Thresholds {
      if (up.isEmpty() && down.isEmpty()) {
        throw new IllegalArgumentException("neither an up nor a down threshold");
      }
    }

    @Override
    public boolean canLower() {
      return down.isPresent();
    }
  }

  /**
   * A replica for so much of the metric: {@code ceil(value / targetPerReplica)} replicas.
   *
   * @param targetPerReplica positive, in the metric's unit
   * @param maxStepUp the most that one action adds; without it the bounds alone limit it
   * @param maxStepDown the most that one action removes
   */
  record Proportional(double targetPerReplica, OptionalInt maxStepUp, OptionalInt maxStepDown)
      implements Response {
    /** Refuses a target that cannot divide. */
    public Proportional {
      if (!(targetPerReplica > 0) || Double.isInfinite(targetPerReplica)) {
        throw new IllegalArgumentException("target per replica " + targetPerReplica);
      }
    }

    @Override
    public boolean canLower() {
      return true;
    }
  }
}
