package io.gpuscaling.core.config;

import java.util.regex.Pattern;

/**
 * One thing that a program lets people set. Keys are compared by identity: a program declares each
 * once, as a constant.
 *
 * @param <T> what {@link Configuration#get} answers for it
 */
public sealed interface ConfigKey<T> permits ScalarKey, StructuredKey {

  /** Form of a name: words in camel case, joined by dots. */
  Pattern NAME = Pattern.compile("[a-z][a-zA-Z0-9]*(\\.[a-z][a-zA-Z0-9]*)*");

  /** Its place in the YAML file: {@code rabbitmq.pollInterval}. */
  String name();

  /** What it is for, in one or two sentences. */
  String description();

  /** Writes a value for people; secrets are masked. */
  String print(T value);
}
