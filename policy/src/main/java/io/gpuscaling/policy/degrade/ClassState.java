package io.gpuscaling.policy.degrade;

/** What an application should do with the work of one class. */
public enum ClassState {
  /** Serve it. */
  NORMAL("normal"),
  /** Accept it, and say that it takes longer. */
  QUEUE("queue"),
  /** Accept only some of it. */
  THROTTLE("throttle"),
  /** Refuse it. */
  OFF("off");

  private final String word;

  ClassState(String word) {
    this.word = word;
  }

  /** As it is called in outputs. */
  public String word() {
    return word;
  }
}
