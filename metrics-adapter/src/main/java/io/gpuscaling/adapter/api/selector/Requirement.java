package io.gpuscaling.adapter.api.selector;

import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One condition of a label selector. {@code toString} is its canonical text. */
public sealed interface Requirement {

  /** The label that it is about. */
  String key();

  /**
   * Whether a label fulfils it.
   *
   * @param value the label's value, or null when it is absent
   */
  boolean matches(@Nullable String value);

  /** {@code key=value}; an absent label does not match, not even the empty value. */
  record Equal(String key, String value) implements Requirement {
    @Override
    public boolean matches(@Nullable String label) {
      return value.equals(label);
    }

    @Override
    public String toString() {
      return key + "=" + value;
    }
  }

  /** {@code key!=value}; an absent label matches. */
  record NotEqual(String key, String value) implements Requirement {
    @Override
    public boolean matches(@Nullable String label) {
      return !value.equals(label);
    }

    @Override
    public String toString() {
      return key + "!=" + value;
    }
  }

  /** {@code key in (a,b)}; an absent label does not match. */
  record In(String key, SortedSet<String> values) implements Requirement {
    /** Copies the values. */
    public In {
      values = new TreeSet<>(values);
    }

    @Override
    public boolean matches(@Nullable String label) {
      return label != null && values.contains(label);
    }

    @Override
    public String toString() {
      return key + " in (" + String.join(",", values) + ")";
    }
  }

  /** {@code key notin (a,b)}; an absent label matches. */
  record NotIn(String key, SortedSet<String> values) implements Requirement {
    /** Copies the values. */
    public NotIn {
      values = new TreeSet<>(values);
    }

    @Override
    public boolean matches(@Nullable String label) {
      return label == null || !values.contains(label);
    }

    @Override
    public String toString() {
      return key + " notin (" + String.join(",", values) + ")";
    }
  }

  /** {@code key}: the label is there, with whatever value. */
  record Exists(String key) implements Requirement {
    @Override
    public boolean matches(@Nullable String label) {
      return label != null;
    }

    @Override
    public String toString() {
      return key;
    }
  }

  /** {@code !key}: the label is not there. */
  record DoesNotExist(String key) implements Requirement {
    @Override
    public boolean matches(@Nullable String label) {
      return label == null;
    }

    @Override
    public String toString() {
      return "!" + key;
    }
  }

  /** {@code key>bound}; a label that is absent or no integer does not match. */
  record GreaterThan(String key, long bound) implements Requirement {
    @Override
    public boolean matches(@Nullable String label) {
      return label != null && Integers.isInteger(label) && Long.parseLong(label) > bound;
    }

    @Override
    public String toString() {
      return key + ">" + bound;
    }
  }

  /** {@code key<bound}; a label that is absent or no integer does not match. */
  record LessThan(String key, long bound) implements Requirement {
    @Override
    public boolean matches(@Nullable String label) {
      return label != null && Integers.isInteger(label) && Long.parseLong(label) < bound;
    }

    @Override
    public String toString() {
      return key + "<" + bound;
    }
  }
}
