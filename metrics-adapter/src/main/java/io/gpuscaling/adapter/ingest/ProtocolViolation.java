package io.gpuscaling.adapter.ingest;

/**
 * A message that breaks a bound or rule of {@code ingest.proto}, or is outside the sender's scope.
 * Ends the stream; the text says which rule and never repeats more than a name of the message.
 */
final class ProtocolViolation extends Exception {

  /** What kind of rule. */
  enum Kind {
    /** A bound or rule of the contract. */
    INVALID,
    /** A node or series outside the credential's scope. */
    OUT_OF_SCOPE,
    /** A protocol version that this adapter does not speak. */
    UNSUPPORTED,
    /** Too many series. */
    TOO_MUCH
  }

  private final Kind kind;

  ProtocolViolation(Kind kind, String message) {
    // No stack trace: it is a value that a stranger can cause at will.
    super(message, null, false, false);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
