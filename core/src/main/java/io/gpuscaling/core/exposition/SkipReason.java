package io.gpuscaling.core.exposition;

import java.util.Locale;

/** Why a line was left out while the rest of its page was read. */
public enum SkipReason {
  /** It does not begin with a metric name. */
  BAD_NAME,
  /** The label set is not closed, or not made of {@code name="value"} pairs. */
  BAD_LABELS,
  /** A label name comes twice in the set. */
  DUPLICATE_LABEL,
  /** A label value is not UTF-8. */
  BAD_UTF8,
  /** The value is missing, is no number, or is too large for one. */
  BAD_VALUE,
  /** What follows the value is not a whole number of milliseconds. */
  BAD_TIMESTAMP,
  /** A {@code # HELP} or {@code # TYPE} without a name, or with a type that does not exist. */
  BAD_HEADER,
  /**
   * The last line has no line feed: the page was cut there, and {@code 40} may be the beginning of
   * {@code 4096}.
   */
  UNTERMINATED;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The word for outputs and for a metric's label: {@code bad_value}. */
  public String label() {
    return label;
  }
}
