package io.gpuscaling.policy.engine;

/** What every decision passes, in the order in which it is shown. */
public enum Gate {
  /** What a person has ordered. */
  OVERRIDE("override"),
  /** Below the minimum: raised to it, whatever the gates below say. */
  MINIMUM("minimum"),
  /** Too many actions in an hour. */
  BREAKER("breaker"),
  /** The maximum of the policy or its schedule window, and the pool's quota. */
  MAXIMUM("maximum"),
  /** A schedule window that pauses. */
  SCHEDULE("schedule"),
  /** The rules themselves. */
  RULES("rules"),
  /** A degrade rule that forbids adding. */
  DEGRADE("degrade"),
  /** The wait since the last action. */
  COOLDOWN("cooldown"),
  /** Memory on the GPUs for one more. */
  VRAM("vram"),
  /** Workers with a task. */
  BUSY_FLOOR("busyFloor"),
  /** So many replicas in a time. */
  RATE("rate");

  private final String word;

  Gate(String word) {
    this.word = word;
  }

  /** As it is called in outputs. */
  public String word() {
    return word;
  }
}
