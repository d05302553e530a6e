package io.gpuscaling.kubernetes.resource;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Texts by key, as in {@code matchLabels}.
 *
 * @param max the most
 * @param maxChars of one value
 */
public record Entries(int max, int maxChars) implements Shape {

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("type", "string");
    value.put("maxLength", maxChars);
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("maxProperties", max);
    schema.put("additionalProperties", value);
    return schema;
  }

  @Override
  public Optional<Object> read(Object raw, String path, Problems problems) {
    if (!(raw instanceof Map<?, ?> map) || map.size() > max) {
      problems.add(Problem.of(path, raw, "must be " + allowed()));
      return Optional.empty();
    }
    int before = problems.size();
    Map<String, String> entries = new LinkedHashMap<>();
    map.forEach((key, value) -> {
      if (value instanceof String text && text.length() <= maxChars) {
        entries.put(String.valueOf(key), text);
      } else {
        problems.add(
            Problem.of(
                path + "." + key,
                value,
                "must be a text of at most %d characters (write it in quotes)"
                    .formatted(maxChars)));
      }
    });
    return problems.size() > before
        ? Optional.empty()
        : Optional.of(new Values.TextEntries(Map.copyOf(entries)));
  }

  @Override
  public String allowed() {
    return "a map of at most " + max + " texts";
  }
}
