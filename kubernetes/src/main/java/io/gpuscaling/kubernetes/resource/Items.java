package io.gpuscaling.kubernetes.resource;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A list.
 *
 * @param item what each item is
 * @param min the fewest
 * @param max the most
 * @param key the field by which structures in it differ; the API server merges by it
 */
public record Items(Shape item, int min, int max, Optional<String> key) implements Shape {

  /** Structures that differ by a field. */
  public static Items keyed(Structure item, int min, int max, String key) {
    return new Items(item, min, max, Optional.of(key));
  }

  /** A list that is replaced as a whole. */
  public static Items of(Shape item, int min, int max) {
    return new Items(item, min, max, Optional.empty());
  }

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "array");
    if (min > 0) {
      schema.put("minItems", min);
    }
    schema.put("maxItems", max);
    if (key.isPresent()) {
      schema.put("x-kubernetes-list-type", "map");
      schema.put("x-kubernetes-list-map-keys", List.of(key.get()));
    } else {
      schema.put("x-kubernetes-list-type", "atomic");
    }
    schema.put("items", item.schema());
    return schema;
  }

  @Override
  public Optional<Object> read(Object raw, String path, Problems problems) {
    if (!(raw instanceof List<?> list)) {
      problems.add(Problem.of(path, raw, "must be a list"));
      return Optional.empty();
    }
    if (list.size() < min || list.size() > max) {
      problems.add(
          Problem.of(path, list.size() + " items", "must have " + min + " to " + max + " items"));
    }
    List<Object> items = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < Math.min(list.size(), max); i++) {
      String itemPath = path + "[" + i + "]";
      Object rawItem = list.get(i);
      if (rawItem == null) {
        problems.add(Problem.of(itemPath, "is empty"));
        continue;
      }
      item.read(rawItem, itemPath, problems)
          .ifPresent(value -> {
            items.add(value);
            checkKey(value, itemPath, keys, problems);
          });
    }
    return Optional.of(List.copyOf(items));
  }

  private void checkKey(Object value, String path, Set<String> keys, Problems problems) {
    if (key.isPresent() && value instanceof Values values) {
      values
          .text(key.get())
          .filter(text -> !keys.add(text))
          .ifPresent(text ->
              problems.add(
                  Problem.of(path + "." + key.get(), text, "is used by an item before it")));
    }
  }

  @Override
  public String allowed() {
    return "a list of " + min + " to " + max + " items";
  }
}
