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

  /**
   * Makes one of somebody else a policy's, if it still is as it was when that was found to be
   * right: the {@code spec} and the owner of the tree, and its own {@code spec} kept in an
   * annotation.
   *
   * @param seen as it was
   * @param tree the whole object as it should be, under its name
   */
  Outcome takeOver(Autoscaler seen, Map<String, Object> tree);

  /**
   * Gives one back: the {@code spec} that was kept, and none of our marks, if it still is as it was
   * when that was found to be right.
   *
   * @param seen as it was
   */
  Outcome giveBack(Autoscaler seen);
}
