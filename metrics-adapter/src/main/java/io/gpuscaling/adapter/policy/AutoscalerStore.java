package io.gpuscaling.adapter.policy;

import java.util.Map;

/** Writes the HPAs that policies own. Calls block; safe for use by any thread. */
public interface AutoscalerStore {

  /** What became of a write. */
  sealed interface Outcome {

    /** It is stored. */
    record Written() implements Outcome {}

    /** Somebody else has written, or it has gone: the watch will say. */
    record Conflict() implements Outcome {}

    /**
     * It could not be written.
     *
     * @param sentence why
     */
    record Failed(String sentence) implements Outcome {}
  }

  /**
   * Makes one, where none of its name is.
   *
   * @param tree the whole object
   */
  Outcome create(Map<String, Object> tree);

  /**
   * Gives one the {@code spec} that it should have, if it is still the version that was seen.
   *
   * @param tree the whole object as it should be
   * @param version that was seen
   */
  Outcome correct(Map<String, Object> tree, String version);
}
