package io.gpuscaling.kubernetes.resource;

import java.util.Map;
import java.util.Optional;

/** What may stand in a field: as a schema for the API server, and as a check of our own. */
public sealed interface Shape
    permits Text, Whole, Truth, Amount, Span, Moment, Structure, Items, Entries {

  /** The longest text of a CEL rule's input is stated, so that its cost can be estimated. */
  int MAX_TEXT_CHARS = 253;

  /** The part of an OpenAPI v3 schema, in the order in which it is written. */
  Map<String, Object> schema();

  /**
   * Understands a value.
   *
   * @param raw as JSON or YAML gives it: a text, number, boolean, list or map
   * @param path of the field, for complaints
   * @return what it means, or nothing when it was complained of
   */
  Optional<Object> read(Object raw, String path, Problems problems);

  /** What is allowed, for people, in a few words. */
  String allowed();
}
