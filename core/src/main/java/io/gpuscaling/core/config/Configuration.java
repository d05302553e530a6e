package io.gpuscaling.core.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The values that are in force, each with where it came from. Immutable. Its text forms mask
 * secrets.
 */
public final class Configuration {

  private final Map<ConfigKey<?>, Setting<?>> settings;

  /** One value in force. */
  record Setting<T>(ConfigKey<T> key, T value, ValueOrigin origin) {
    String shown() {
      return key.print(value);
    }
  }

  Configuration(Map<ConfigKey<?>, Setting<?>> settings) {
    this.settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }

  /**
   * The value of a key.
   *
   * @throws IllegalArgumentException for a key that the schema does not have or, within a
   *     validation, one that it did not name
   */
  public <T> T get(ConfigKey<T> key) {
    return setting(key).value;
  }

  /** Where the value of a key came from. */
  public ValueOrigin origin(ConfigKey<?> key) {
    return setting(key).origin;
  }

  /** Whether somebody set this key. */
  public boolean isSet(ConfigKey<?> key) {
    return !(origin(key) instanceof ValueOrigin.NotSet);
  }

  /** A fault of this key's value, for a check across keys. */
  public <T> ConfigProblem problem(ConfigKey<T> key, String message) {
    Setting<T> setting = setting(key);
    return isSet(key)
        ? new ConfigProblem(key.name(), setting.origin, setting.shown(), message)
        : ConfigProblem.of(key.name(), setting.origin, message);
  }

  @SuppressWarnings(
      "unchecked") // the reader puts a Setting<T> under a ConfigKey<T>, nobody else puts
  private <T> Setting<T> setting(ConfigKey<T> key) {
    Setting<?> setting = settings.get(key);
    if (setting == null) {
      throw new IllegalArgumentException("no value for key " + key.name() + " here");
    }
    return (Setting<T>) setting;
  }

  /** One line for each key: its value, secrets masked, and where it came from. */
  @Override
  public String toString() {
    return settings.values().stream()
        .map(s -> s.key.name() + " = " + s.shown() + "  (" + originText(s.origin) + ")")
        .collect(Collectors.joining("\n"));
  }

  private static String originText(ValueOrigin origin) {
    return origin instanceof ValueOrigin.NotSet ? "default" : origin.toString();
  }
}
