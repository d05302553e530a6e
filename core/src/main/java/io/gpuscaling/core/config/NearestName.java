package io.gpuscaling.core.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that somebody probably meant. */
public final class NearestName {

  /** Longest name that is compared; the work grows with its square. */
  private static final int MAX_CHARS = 100;

  private NearestName() {}

  /** The nearest candidate, when it is near enough to be a slip of the keyboard. */
  public static Optional<String> of(String name, Collection<String> candidates) {
    if (name.length() > MAX_CHARS) {
      return Optional.empty();
    }
    return candidates.stream()
        .filter(candidate -> distance(name, candidate) <= Math.max(2, name.length() / 4))
        .min(Comparator.comparingInt((String c) -> distance(name, c)).thenComparing(c -> c));
  }

  /** The hint as the end of a sentence, empty when nothing is near. */
  public static String hint(String name, Collection<String> candidates) {
    return of(name, candidates).map(near -> "; did you mean " + near + "?").orElse("");
  }

  /** Levenshtein's distance; case does not count. */
  private static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substituted, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
