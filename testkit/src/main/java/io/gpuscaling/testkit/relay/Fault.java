package io.gpuscaling.testkit.relay;

import java.time.Duration;

/** What a {@link FaultyProxy} does wrong. */
public sealed interface Fault {

  /** Concerns whole connections; what comes through comes as it is. */
  sealed interface OfConnection extends Fault {}

  /** Concerns the bytes that come back. */
  sealed interface OfAnswer extends Fault {}

  /** Nothing: it forwards. */
  record None() implements OfConnection {}

  /** New connections are refused, open ones are reset. */
  record Refuse() implements OfConnection {}

  /** New connections are accepted and reset, open ones are reset. */
  record Reset() implements OfConnection {}

  /** Connections are accepted, and nothing moves in either direction until the fault changes. */
  record Stall() implements OfConnection {}

  /**
   * Answers come slowly.
   *
   * @param bytes how many bytes of an answer at once, at least 1
   * @param pause the pause after each piece
   */
  record Drip(int bytes, Duration pause) implements OfAnswer {

    /** Checks the number of bytes. */
    public Drip {
      if (bytes < 1) {
        throw new IllegalArgumentException("bytes: " + bytes);
      }
    }
  }

  /**
   * The answer ends before its first byte, by an orderly end of stream; requests are still read.
   */
  record HalfClose() implements OfAnswer {}

  /**
   * The connection is reset within the answer.
   *
   * @param bytes how many bytes of answers a connection carries before, 0 or more
   */
  record CutAfter(long bytes) implements OfAnswer {

    /** Checks the number of bytes. */
    public CutAfter {
      if (bytes < 0) {
        throw new IllegalArgumentException("bytes: " + bytes);
      }
    }
  }

  /**
   * Answers stop moving within a message until the fault changes; requests are still read.
   *
   * @param bytes how many bytes of answers a connection carries from now on before, 0 or more
   */
  record StallAfter(long bytes) implements OfAnswer {

    /** Checks the number of bytes. */
    public StallAfter {
      if (bytes < 0) {
        throw new IllegalArgumentException("bytes: " + bytes);
      }
    }
  }
}
