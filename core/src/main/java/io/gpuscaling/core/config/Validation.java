package io.gpuscaling.core.config;

import java.util.List;
import java.util.function.Function;

/**
 * A check across keys. It runs when each of its keys has a value of its own that is sound, so it
 * never repeats a problem that is reported already.
 *
 * @param keys the keys that it reads; it sees no others
 * @param check answers the problems; pure
 */
public record Validation(
    List<ConfigKey<?>> keys, Function<Configuration, List<ConfigProblem>> check) {

  /** Copies the list. */
  public Validation {
    keys = List.copyOf(keys);
  }
}
