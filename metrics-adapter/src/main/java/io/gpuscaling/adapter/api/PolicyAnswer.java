package io.gpuscaling.adapter.api;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** What is known of a scaling policy. */
public sealed interface PolicyAnswer {

  /**
   * An answer.
   *
   * @param fields beside kind, version and names; texts, numbers, truths, lists and maps of them
   * @param age of what it tells, where that matters: callers may keep the answer and ask whether it
   *     is still so
   */
  record Document(Map<String, Object> fields, Optional<Duration> age) implements PolicyAnswer {}

  /** There is no such policy. */
  record NoSuchPolicy() implements PolicyAnswer {}

  /** Nobody can say. */
  record Unavailable(String sentence) implements PolicyAnswer {}
}
