package io.gpuscaling.policy.engine;

/** The direction of a decision. */
public enum Action {
  UP("up"),
  DOWN("down"),
  NONE("none");

  private final String word;

  Action(String word) {
    this.word = word;
  }

  static Action of(int from, int to) {
    if (to > from) {
      return UP;
    }
    return to < from ? DOWN : NONE;
  }

  /** As it is called in outputs. */
  public String word() {
    return word;
  }
}
