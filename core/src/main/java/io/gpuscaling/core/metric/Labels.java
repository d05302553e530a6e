package io.gpuscaling.core.metric;

import com.google.errorprone.annotations.Immutable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The label set of a series: names to values, sorted by name, no name twice. A label with the empty
 * value is kept and differs from an absent one here; readers that follow Prometheus treat both
 * alike.
 */
@Immutable
@SuppressWarnings("Immutable") // the array never escapes
public final class Labels implements Iterable<Labels.Label> {

  /** No labels. */
  public static final Labels EMPTY = new Labels(new String[0]);

  /** Name, value, name, value ... sorted by name. */
  private final String[] pairs;

  private final int hash;

  private Labels(String[] pairs) {
    this.pairs = pairs;
    this.hash = Arrays.hashCode(pairs);
  }

  /** One name and its value. */
  public record Label(String name, String value) {}

  /** Gathers a label set in any order. Not for several threads. */
  public static final class Builder {

    private static final int FIRST_PAIRS = 16;

    private String[] pairs = new String[2 * FIRST_PAIRS];
    private int length;

    /**
     * Adds a label.
     *
     * @return whether there was none of that name
     * @throws IllegalArgumentException for a name that is not {@code [a-zA-Z_][a-zA-Z0-9_]*}
     */
    public boolean add(String name, String value) {
      requireName(name);
      int i = length;
      // Pages mostly have them in order, or a few of them.
      for (; i > 0; i -= 2) {
        int order = pairs[i - 2].compareTo(name);
        if (order == 0) {
          return false;
        }
        if (order < 0) {
          break;
        }
      }
      if (length == pairs.length) {
        pairs = Arrays.copyOf(pairs, 2 * length);
      }
      System.arraycopy(pairs, i, pairs, i + 2, length - i);
      pairs[i] = name;
      pairs[i + 1] = value;
      length += 2;
      return true;
    }

    /** How many labels it has. */
    public int size() {
      return length / 2;
    }

    /** The label set. */
    public Labels build() {
      return length == 0 ? EMPTY : new Labels(Arrays.copyOf(pairs, length));
    }
  }

  /**
   * A label set of names and values in turn: {@code of("queue", "jobs", "vhost", "default")}.
   *
   * @throws IllegalArgumentException for an odd count, a bad name or a name twice
   */
  public static Labels of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("names and values must come in pairs");
    }
    var sorted = new TreeMap<String, String>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      if (sorted.put(namesAndValues[i], namesAndValues[i + 1]) != null) {
        throw new IllegalArgumentException("label '" + namesAndValues[i] + "' comes twice");
      }
    }
    return of(sorted);
  }

  /**
   * A label set with the entries of a map.
   *
   * @throws IllegalArgumentException for a name that is not {@code [a-zA-Z_][a-zA-Z0-9_]*}
   */
  public static Labels of(Map<String, String> labels) {
    if (labels.isEmpty()) {
      return EMPTY;
    }
    String[] pairs = new String[labels.size() * 2];
    int i = 0;
    for (var entry : new TreeMap<>(labels).entrySet()) {
      requireName(entry.getKey());
      pairs[i++] = entry.getKey();
      pairs[i++] = entry.getValue();
    }
    return new Labels(pairs);
  }

  private static void requireName(String name) {
    boolean good = !name.isEmpty() && !isDigit(name.charAt(0));
    for (int i = 0; i < name.length() && good; i++) {
      char c = name.charAt(i);
      good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || isDigit(c);
    }
    if (!good) {
      throw new IllegalArgumentException("'" + name + "' is not a label name");
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** The value of a label, or null when it is not there. */
  public @Nullable String get(String name) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i].equals(name)) {
        return pairs[i + 1];
      }
    }
    return null;
  }

  /** The value of a label, or the empty text when it is not there. */
  public String getOrEmpty(String name) {
    String value = get(name);
    return value == null ? "" : value;
  }

  /** This set with one label more, or with another value for it. */
  public Labels with(String name, String value) {
    var all = new TreeMap<>(asMap());
    all.put(name, value);
    return of(all);
  }

  /** This set without one label. */
  public Labels without(String name) {
    if (get(name) == null) {
      return this;
    }
    var all = new TreeMap<>(asMap());
    all.remove(name);
    return of(all);
  }

  /** How many labels there are. */
  public int size() {
    return pairs.length / 2;
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return pairs.length == 0;
  }

  /** A copy, sorted by name. */
  public Map<String, String> asMap() {
    var map = new TreeMap<String, String>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }

  @Override
  public Iterator<Label> iterator() {
    List<Label> labels = new ArrayList<>(size());
    for (int i = 0; i < pairs.length; i += 2) {
      labels.add(new Label(pairs[i], pairs[i + 1]));
    }
    return labels.iterator();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Labels that && Arrays.equals(pairs, that.pairs);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** As in an exposition, unescaped: {@code {queue="jobs"}}. For logs and messages. */
  @Override
  public String toString() {
    var text = new StringBuilder("{");
    for (int i = 0; i < pairs.length; i += 2) {
      text.append(i == 0 ? "" : ",")
          .append(pairs[i])
          .append("=\"")
          .append(pairs[i + 1])
          .append('"');
    }
    return text.append('}').toString();
  }
}
