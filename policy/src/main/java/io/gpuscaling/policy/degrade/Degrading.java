package io.gpuscaling.policy.degrade;

import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.spec.Degradation;
import java.time.Instant;
import java.util.Optional;

/** Raises the level a step at a time while a policy cannot do what its rules ask, and lowers it. */
public final class Degrading {

  private Degrading() {}

  /**
   * The state after one more evaluation.
   *
   * @param decision of that evaluation
   */
  public static DegradationState next(
      Degradation degradation, Decision decision, DegradationState state) {
    Instant now = decision.at();
    if (decision.isAtLimit() || decision.isDegraded()) {
      Instant since = state.pressedSince().orElse(now);
      boolean isDue = !now.isBefore(later(since, state.changedAt()).plus(degradation.after()));
      return isDue && state.level() < DegradationState.MAX_LEVEL
          ? new DegradationState(
              state.level() + 1, Optional.of(now), Optional.of(since), Optional.empty())
          : new DegradationState(
              state.level(), state.changedAt(), Optional.of(since), Optional.empty());
    }
    if (state.level() == 0) {
      return DegradationState.NONE;
    }
    Instant since = state.calmSince().orElse(now);
    boolean isDue = !now.isBefore(later(since, state.changedAt()).plus(degradation.recoverAfter()));
    return isDue
        ? new DegradationState(
            state.level() - 1, Optional.of(now), Optional.empty(), Optional.of(since))
        : new DegradationState(
            state.level(), state.changedAt(), Optional.empty(), Optional.of(since));
  }

  private static Instant later(Instant since, Optional<Instant> changedAt) {
    return changedAt.isPresent() && changedAt.get().isAfter(since) ? changedAt.get() : since;
  }
}
