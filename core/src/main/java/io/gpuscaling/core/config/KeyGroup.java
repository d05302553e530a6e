package io.gpuscaling.core.config;

import java.util.List;

/**
 * Keys that are shown together in {@code --help} and in the documentation.
 *
 * @param title a few words
 * @param keys in the order in which they are shown
 */
public record KeyGroup(String title, List<ConfigKey<?>> keys) {

  /** Copies the list. */
  public KeyGroup {
    keys = List.copyOf(keys);
  }
}
