package io.gpuscaling.kubernetes.resource;

import org.jspecify.annotations.Nullable;

/**
 * One fault in an object.
 *
 * @param path of the field, such as {@code spec.rules[0].scaleUp.threshold}
 * @param shownValue the value as it was written, cut, or null when there is none to show
 * @param message what is wrong and what is allowed, as the end of a sentence about the field
 */
public record Problem(String path, @Nullable String shownValue, String message) {

  /** Longest value that is shown. */
  private static final int MAX_SHOWN_CHARS = 80;

  /** A fault without a value. */
  public static Problem of(String path, String message) {
    return new Problem(path, null, message);
  }

  /** A fault of a value. */
  public static Problem of(String path, Object value, String message) {
    String text = String.valueOf(value);
    String cut =
        text.length() > MAX_SHOWN_CHARS ? text.substring(0, MAX_SHOWN_CHARS) + "..." : text;
    return new Problem(path, cut.replaceAll("\\p{Cntrl}", "?"), message);
  }

  /** One line: {@code spec.minReplicas "x": must be a whole number}. */
  @Override
  public String toString() {
    return path + (shownValue == null ? "" : " \"" + shownValue + "\"") + ": " + message;
  }
}
