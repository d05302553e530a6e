package io.gpuscaling.policy.spec;

/** Who comes first when a pool is too small for all: in this order. */
public enum WorkloadClass {
  CRITICAL("critical"),
  NORMAL("normal"),
  BACKGROUND("background");

  private final String word;

  WorkloadClass(String word) {
    this.word = word;
  }

  /** As it is called in specs and outputs. */
  public String word() {
    return word;
  }
}
