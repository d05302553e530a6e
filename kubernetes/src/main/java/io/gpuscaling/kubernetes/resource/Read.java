package io.gpuscaling.kubernetes.resource;

import java.util.List;
import java.util.function.Function;

/**
 * What came of reading an object.
 *
 * @param <T> what it means
 */
public sealed interface Read<T> {

  /** It can be used. */
  record Valid<T>(T value) implements Read<T> {}

  /**
   * It cannot be used.
   *
   * @param problems all of them, at least one
   */
  record Invalid<T>(List<Problem> problems) implements Read<T> {
    /** Copies. */
    public Invalid {
      problems = List.copyOf(problems);
      if (problems.isEmpty()) {
        throw new IllegalArgumentException("no problem");
      }
    }
  }

  /** Goes on with what was read, if anything was. */
  default <U> Read<U> map(Function<T, U> next) {
    return switch (this) {
      case Valid<T>(T value) -> new Valid<>(next.apply(value));
      case Invalid<T>(List<Problem> problems) -> new Invalid<>(problems);
    };
  }
}
