package io.gpuscaling.policy.engine;

/** Why a gate, or a decision, is as it is. The word of an outcome, a condition and an event. */
public enum Reason {
  /** The gate had nothing against it. */
  PASSED("Passed"),
  /** A stronger gate had decided. */
  NOT_ASKED("NotAsked"),

  /** An override holds the replicas. */
  PAUSED_BY_OVERRIDE("PausedByOverride"),
  /** An override sets the replicas. */
  SET_BY_OVERRIDE("SetByOverride"),
  /** An override forbids adding. */
  UP_HELD_BY_OVERRIDE("UpHeldByOverride"),
  /** An override forbids removing. */
  DOWN_HELD_BY_OVERRIDE("DownHeldByOverride"),
  /** Fewer replicas than the minimum. */
  BELOW_MINIMUM("BelowMinimum"),
  /** The breaker has tripped on the number of actions. */
  TOO_MANY_ACTIONS("TooManyActions"),
  /** The breaker has tripped on the number of direction changes. */
  TOO_MANY_DIRECTION_CHANGES("TooManyDirectionChanges"),
  /** More replicas than the maximum. */
  ABOVE_MAXIMUM("AboveMaximum"),
  /** The maximum is reached. */
  AT_MAXIMUM("AtMaximum"),
  /** More replicas than the pool grants. */
  ABOVE_QUOTA("AboveQuota"),
  /** The pool grants no more. */
  AT_QUOTA("AtQuota"),
  /** The minimum is reached. */
  AT_MINIMUM("AtMinimum"),
  /** The schedule window pauses. */
  PAUSED_BY_SCHEDULE("PausedBySchedule"),
  /** A rule asks for more. */
  RULE_BREACHED("RuleBreached"),
  /** Every rule agrees to fewer. */
  RULES_AGREE("RulesAgree"),
  /** No rule asks for more, and not all agree to fewer. */
  WITHIN_BAND("WithinBand"),
  /** Fewer would be agreed to if one rule had a data point now. */
  NOT_FRESH("NotFresh"),
  /** A rule that must agree has had no data point for its whole window. */
  RULE_UNKNOWN("RuleUnknown"),
  /** No rule has had a data point for its whole window. */
  ALL_UNKNOWN("AllUnknown"),
  /** A source is lost and the fallback asks for more. */
  FALLBACK("Fallback"),
  /** A degrade rule is breached and forbids adding. */
  UP_FORBIDDEN("UpForbidden"),
  /** The last action is too near. */
  COOLING_DOWN("CoolingDown"),
  /** The rest of a step goes on. */
  REST_OF_STEP("RestOfStep"),
  /** Nothing more fits on the GPUs. */
  NO_ROOM("NoRoom"),
  /** So many wait for nodes that no more may. */
  WAITING_FOR_NODES("WaitingForNodes"),
  /** Nobody can say what fits. */
  ROOM_UNKNOWN("RoomUnknown"),
  /** Workers are busy. */
  WORKERS_BUSY("WorkersBusy"),
  /** Nobody can say how many workers are busy. */
  BUSY_UNKNOWN("BusyUnknown"),
  /** As many as allowed have been changed within the rate's period. */
  RATE_LIMITED("RateLimited"),
  /** A decision that was taken before waits for the target. */
  WAITING_FOR_TARGET("WaitingForTarget");

  private final String word;

  Reason(String word) {
    this.word = word;
  }

  /** In CamelCase, as Kubernetes writes reasons. */
  public String word() {
    return word;
  }
}
