package io.gpuscaling.core.config;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything that can be set in a program. Immutable.
 *
 * @param groups the keys
 * @param validations checks across keys
 */
public record ConfigSchema(List<KeyGroup> groups, List<Validation> validations) {

  /** Flags that every program has. */
  static final Set<String> OWN_FLAGS = Set.of("--config", "--help", "--version");

  /** Names the configuration file, as {@code --config} does. */
  static final String FILE_VARIABLE = ScalarKey.VARIABLE_PREFIX + "CONFIG";

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException when two keys share a name, a flag or a variable, or one lies
   *     inside another
   */
  public ConfigSchema {
    groups = List.copyOf(groups);
    validations = List.copyOf(validations);
    var names = new HashSet<String>();
    var surface = new HashSet<>(OWN_FLAGS);
    surface.add(FILE_VARIABLE);
    for (KeyGroup group : groups) {
      for (ConfigKey<?> key : group.keys()) {
        boolean isNew =
            names.add(key.name())
                && switch (key) {
                  case ScalarKey<?> scalar ->
                      surface.add(scalar.flag()) && surface.add(scalar.variable());
                  case StructuredKey<?> _ -> true;
                };
        if (!isNew) {
          throw new IllegalArgumentException("key " + key.name() + " collides with another");
        }
      }
    }
    for (String name : names) {
      for (int dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
        if (names.contains(name.substring(0, dot))) {
          throw new IllegalArgumentException("key " + name + " lies inside another");
        }
      }
    }
  }

  /** All keys, in order. */
  List<ConfigKey<?>> keys() {
    return groups.stream().<ConfigKey<?>>flatMap(group -> group.keys().stream()).toList();
  }

  /** The keys that are flags and variables too, in order. */
  List<ScalarKey<?>> scalarKeys() {
    return keys().stream()
        .<ScalarKey<?>>mapMulti((key, sink) -> {
          if (key instanceof ScalarKey<?> scalar) {
            sink.accept(scalar);
          }
        })
        .toList();
  }
}
