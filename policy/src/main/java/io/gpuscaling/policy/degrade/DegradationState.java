package io.gpuscaling.policy.degrade;

import io.gpuscaling.policy.spec.WorkloadClass;
import java.time.Instant;
import java.util.Optional;

/**
 * How far a policy is degraded.
 *
 * @param level 0 is not at all
 * @param changedAt when the level changed last
 * @param pressedSince since when it has been at a limit, or a degrade rule breached, without pause
 * @param calmSince since when it has not
 */
public record DegradationState(
    int level,
    Optional<Instant> changedAt,
    Optional<Instant> pressedSince,
    Optional<Instant> calmSince) {

  /** Background off, normal throttled, critical queued: critical work is never refused. */
  public static final int MAX_LEVEL = 3;

  /** Not at all. */
  public static final DegradationState NONE =
      new DegradationState(0, Optional.empty(), Optional.empty(), Optional.empty());

  /** Refuses levels that do not exist. */
  public DegradationState {
    if (level < 0 || level > MAX_LEVEL) {
      throw new IllegalArgumentException("level " + level);
    }
  }

  /**
   * What holds for a class: background work is the first to be degraded, critical work the last,
   * each one step behind the class below it.
   */
  public ClassState of(WorkloadClass workloadClass) {
    int behind =
        switch (workloadClass) {
          case BACKGROUND -> 0;
          case NORMAL -> 1;
          case CRITICAL -> 2;
        };
    return switch (Math.max(0, level - behind)) {
      case 0 -> ClassState.NORMAL;
      case 1 -> ClassState.QUEUE;
      case 2 -> ClassState.THROTTLE;
      default -> ClassState.OFF;
    };
  }
}
