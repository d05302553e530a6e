package io.gpuscaling.core.config;

import java.util.function.Function;

/**
 * What came of reading one text: a value, or why not.
 *
 * @param <T> type of the value
 */
public sealed interface Parsed<T> {

  /** The text was understood. */
  record Value<T>(T value) implements Parsed<T> {}

  /**
   * The text was not understood.
   *
   * @param why what is wrong with it, without the text itself (it may be a secret), as the end of
   *     the sentence "it …": {@code has no unit}
   */
  record Refused<T>(String why) implements Parsed<T> {}

  /** A value. */
  static <T> Parsed<T> value(T value) {
    return new Value<>(value);
  }

  /** No value, with the reason. */
  static <T> Parsed<T> refused(String why) {
    return new Refused<>(why);
  }

  /** Goes on with the value, if there is one. */
  default <U> Parsed<U> then(Function<T, Parsed<U>> next) {
    return switch (this) {
      case Value<T>(T value) -> next.apply(value);
      case Refused<T>(String why) -> refused(why);
    };
  }
}
