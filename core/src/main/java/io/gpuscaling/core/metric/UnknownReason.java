package io.gpuscaling.core.metric;

/** Why there is no value. The text is part of sentences that people read. */
public enum UnknownReason {
  /** The source has not said anything yet since the exporter started. */
  STARTING("its source has not answered yet"),
  /** The source cannot be reached or does not answer in time. */
  UNREACHABLE("its source cannot be reached"),
  /** The source answered without this value. */
  NOT_REPORTED("its source does not report it"),
  /** The source refused: credentials or permission. */
  REFUSED("its source refuses access"),
  /** The source says that the thing does not exist. */
  MISSING("it does not exist at its source"),
  /** The answer could not be understood or is impossible. */
  INVALID("its source gave an impossible answer"),
  /** A zero that no second source or time has confirmed. */
  UNCONFIRMED("a zero is not confirmed yet");

  private final String text;

  UnknownReason(String text) {
    this.text = text;
  }

  /** A clause for people: "its source cannot be reached". */
  public String text() {
    return text;
  }
}
