package io.gpuscaling.core.config;

import java.util.Optional;
import java.util.function.Function;

/**
 * A key whose value is a list or a map of things: set in the YAML file only. Immutable.
 *
 * @param <T> the program's own type for it
 */
public final class StructuredKey<T> implements ConfigKey<T> {

  private final String name;
  private final String description;
  private final T absentValue;
  private final Function<ConfigNode, Optional<T>> reader;

  private StructuredKey(
      String name, String description, T absentValue, Function<ConfigNode, Optional<T>> reader) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a key name: " + name);
    }
    this.name = name;
    this.description = description;
    this.absentValue = absentValue;
    this.reader = reader;
  }

  /**
   * Declares a key.
   *
   * @param absentValue what holds when the file does not have it
   * @param reader reads the node; reports every problem to it and answers empty only when there was
   *     one
   */
  public static <T> StructuredKey<T> of(
      String name, T absentValue, String description, Function<ConfigNode, Optional<T>> reader) {
    return new StructuredKey<>(name, description, absentValue, reader);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  T absentValue() {
    return absentValue;
  }

  Optional<T> read(ConfigNode node) {
    return reader.apply(node);
  }

  /** The value's own text: its type must keep secrets out of {@code toString}. */
  @Override
  public String print(T value) {
    return String.valueOf(value);
  }

  @Override
  public String toString() {
    return name;
  }
}
