package io.gpuscaling.adapter.api;

import java.util.Map;

/** What the programs know of what they stand on. */
public sealed interface InstallationAnswer {

  /**
   * An answer.
   *
   * @param fields beside kind and version; texts, numbers, truths, lists and maps of them
   */
  record Report(Map<String, Object> fields) implements InstallationAnswer {}

  /** Nobody can say. */
  record Unavailable(String sentence) implements InstallationAnswer {}
}
