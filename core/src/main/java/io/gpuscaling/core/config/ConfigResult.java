package io.gpuscaling.core.config;

/** What came of reading a configuration. */
public sealed interface ConfigResult {

  /** It can be used. */
  record Valid(Configuration configuration) implements ConfigResult {}

  /** It cannot be used. */
  record Invalid(ConfigProblems problems) implements ConfigResult {}
}
