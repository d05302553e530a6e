package io.gpuscaling.cli.render;

import io.gpuscaling.kubernetes.resource.Moment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/**
 * A part of an answer of the API server. What is not there, or is of another type, is empty: an
 * answer of a newer version draws as far as it is understood.
 *
 * @param node the JSON
 */
public record Doc(JsonNode node) {

  /** The part at a JSON pointer. */
  Doc at(String pointer) {
    return new Doc(node.at(pointer));
  }

  /** Whether there is anything. */
  boolean isThere() {
    return !node.isMissingNode() && !node.isNull();
  }

  /** A text or number as text; empty when there is none. */
  String text(String pointer) {
    JsonNode found = node.at(pointer);
    return found.isValueNode() && !found.isNull() ? found.asString("") : "";
  }

  /** A whole number of 32 bits. */
  OptionalInt whole(String pointer) {
    JsonNode found = node.at(pointer);
    return found.isNumber() && found.canConvertToInt()
        ? OptionalInt.of(found.intValue())
        : OptionalInt.empty();
  }

  /** Whether it says true. */
  boolean isTrue(String pointer) {
    return node.at(pointer).asBoolean(false);
  }

  /** A time. */
  Optional<Instant> moment(String pointer) {
    return Moment.parse(text(pointer));
  }

  /** The items of a list. */
  List<Doc> list(String pointer) {
    List<Doc> items = new ArrayList<>();
    if (node.at(pointer).isArray()) {
      node.at(pointer).forEach(item -> items.add(new Doc(item)));
    }
    return items;
  }

  /** Such as {@code a=1,b=2}; empty for an empty object. */
  String pairs(String pointer) {
    List<String> pairs = new ArrayList<>();
    node.at(pointer)
        .properties()
        .forEach(entry -> pairs.add(entry.getKey() + "=" + entry.getValue().asString("")));
    return String.join(",", pairs);
  }

  /** The kind of an object; empty when it does not say. */
  public String kind() {
    return text("/kind");
  }

  /** {@code namespace/name} of an object. */
  String name() {
    String namespace = text("/metadata/namespace");
    return (namespace.isEmpty() ? "" : namespace + "/") + text("/metadata/name");
  }
}
