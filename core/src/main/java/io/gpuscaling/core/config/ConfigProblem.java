package io.gpuscaling.core.config;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One fault in a configuration.
 *
 * @param key name of the key, or of the flag or variable that is none
 * @param origin where the fault is
 * @param shownValue the value with secrets masked, or null when there is none to show
 * @param message what is wrong and what is allowed, as the end of a sentence about the key
 */
public record ConfigProblem(
    String key, ValueOrigin origin, @Nullable String shownValue, String message) {

  /** Longest value that is shown. */
  private static final int MAX_SHOWN_CHARS = 120;

  /** A fault without a value. */
  static ConfigProblem of(String key, ValueOrigin origin, String message) {
    return new ConfigProblem(key, origin, null, message);
  }

  /** One line: {@code rabbitmq.pollInterval "5" (flag --rabbitmq-poll-interval): has no unit}. */
  @Override
  public String toString() {
    String value =
        Optional.ofNullable(shownValue).map(text -> " \"" + printable(text) + "\"").orElse("");
    return key + value + " (" + origin + "): " + message;
  }

  private static String printable(String text) {
    String cut =
        text.length() > MAX_SHOWN_CHARS ? text.substring(0, MAX_SHOWN_CHARS) + "..." : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
