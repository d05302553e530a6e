package io.gpuscaling.core.exposition;

import java.util.Locale;
import java.util.Optional;

/** The word after a {@code # TYPE name}. */
public enum FamilyType {
  /** Only grows, but for resets. */
  COUNTER,
  /** Goes up and down. */
  GAUGE,
  /** Buckets, sum and count. */
  HISTOGRAM,
  /** Quantiles, sum and count. */
  SUMMARY,
  /** Not said. */
  UNTYPED;

  private final String word = name().toLowerCase(Locale.ROOT);

  /** The word in the text format: {@code gauge}. */
  public String word() {
    return word;
  }

  /** The type of that word, or empty for a word that the format does not know. */
  public static Optional<FamilyType> byWord(String word) {
    for (FamilyType type : values()) {
      if (type.word.equals(word)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
