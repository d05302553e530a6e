package io.gpuscaling.adapter.policy;

/** Writes what replicas share about a policy. Blocks, with a deadline of its own. */
@FunctionalInterface
public interface StatusStore {

  /** What a write came to. */
  sealed interface Outcome {
    /**
     * It stands there now.
     *
     * @param object as it is after the write
     */
    record Written(PolicyObject object) implements Outcome {}

    /** The object has changed since, or is gone: nothing was written. */
    record Conflict() implements Outcome {}

    /**
     * It may be written or not.
     *
     * @param sentence why
     */
    record Failed(String sentence) implements Outcome {}
  }

  /**
   * Writes a status, unless the object has changed.
   *
   * @param object on whose version the status was decided
   */
  Outcome write(PolicyObject object, RecordedStatus status);
}
