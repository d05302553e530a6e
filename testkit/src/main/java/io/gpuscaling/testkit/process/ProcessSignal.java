package io.gpuscaling.testkit.process;

/** A signal that a fault test sends. */
public enum ProcessSignal {
  /** Asks for an orderly end. */
  TERM,
  /** Ends at once; nothing is cleaned up. */
  KILL,
  /** Freezes: connections stay open and nothing answers. */
  STOP,
  /** Thaws what {@link #STOP} froze. */
  CONT
}
