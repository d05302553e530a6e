package io.gpuscaling.policy.spec;

/** What holds while a source is lost. It never lowers: a lost source proves nothing. */
public sealed interface Fallback {

  /** The replicas stay. */
  record Hold() implements Fallback {}

  /** At least so many replicas; 1 or more. */
  record AtLeast(int replicas) implements Fallback {
    /** Refuses a number that means nothing. */
    public AtLeast {
      if (replicas < 1) {
        throw new IllegalArgumentException("a fallback of " + replicas);
      }
    }
  }
}
