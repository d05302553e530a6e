package io.gpuscaling.adapter.api.json;

import io.gpuscaling.adapter.api.selector.LabelSelector;
import io.gpuscaling.adapter.api.selector.Requirement;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;

/**
 * Writes a metric selector as the object that an answer echoes: {@code null} for everything, and
 * for {@code >} and {@code <}, which the object form cannot say.
 */
final class SelectorEcho {

  private SelectorEcho() {}

  static void write(JsonGenerator json, LabelSelector selector) {
    List<Requirement> requirements = selector.requirements();
    if (requirements.isEmpty() || requirements.stream().anyMatch(SelectorEcho::isUnsayable)) {
      json.writeNullProperty("selector");
      return;
    }
    json.writeObjectPropertyStart("selector");
    // Of a key that comes twice one can be said; the last, as in Go's map.
    var labels = new TreeMap<String, String>();
    for (Requirement requirement : requirements) {
      if (requirement instanceof Requirement.Equal(String key, String value)) {
        labels.put(key, value);
      }
    }
    if (!labels.isEmpty()) {
      json.writeObjectPropertyStart("matchLabels");
      labels.forEach(json::writeStringProperty);
      json.writeEndObject();
    }
    if (!requirements.stream().allMatch(Requirement.Equal.class::isInstance)) {
      json.writeArrayPropertyStart("matchExpressions");
      requirements.forEach(requirement -> expression(json, requirement));
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  private static boolean isUnsayable(Requirement requirement) {
    return requirement instanceof Requirement.GreaterThan
        || requirement instanceof Requirement.LessThan;
  }

  private static void expression(JsonGenerator json, Requirement requirement) {
    switch (requirement) {
      case Requirement.In(var key, var values) -> expression(json, key, "In", values);
      case Requirement.NotIn(var key, var values) -> expression(json, key, "NotIn", values);
      case Requirement.NotEqual(var key, var value) ->
          expression(json, key, "NotIn", List.of(value));
      case Requirement.Exists(var key) -> expression(json, key, "Exists", List.of());
      case Requirement.DoesNotExist(var key) -> expression(json, key, "DoesNotExist", List.of());
      case Requirement.Equal _, Requirement.GreaterThan _, Requirement.LessThan _ -> {}
    }
  }

  private static void expression(
      JsonGenerator json, String key, String operator, Collection<String> values) {
    json.writeStartObject();
    json.writeStringProperty("key", key);
    json.writeStringProperty("operator", operator);
    if (!values.isEmpty()) {
      json.writeArrayPropertyStart("values");
      values.forEach(json::writeString);
      json.writeEndArray();
    }
    json.writeEndObject();
  }
}
