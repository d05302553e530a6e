package io.gpuscaling.core.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Every fault that was found in a configuration, in the order of flags, variables, file, and checks
 * across keys.
 *
 * @param list at least one
 */
public record ConfigProblems(List<ConfigProblem> list) {

  /** Copies the list. */
  public ConfigProblems {
    list = List.copyOf(list);
    if (list.isEmpty()) {
      throw new IllegalArgumentException("no problem");
    }
  }

  /** A heading and one line for each problem. */
  @Override
  public String toString() {
    String heading =
        list.size() == 1
            ? "configuration has 1 problem:"
            : "configuration has " + list.size() + " problems:";
    return list.stream()
        .map(problem -> "\n  - " + problem)
        .collect(Collectors.joining("", heading, ""));
  }
}
