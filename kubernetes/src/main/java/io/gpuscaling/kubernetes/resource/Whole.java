package io.gpuscaling.kubernetes.resource;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A whole number.
 *
 * @param min the least
 * @param max the most
 */
public record Whole(int min, int max) implements Shape {

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "integer");
    schema.put("format", "int32");
    schema.put("minimum", min);
    schema.put("maximum", max);
    return schema;
  }

  @Override
  public Optional<Object> read(Object raw, String path, Problems problems) {
    if (raw instanceof Number number && number.doubleValue() == Math.rint(number.doubleValue())) {
      double value = number.doubleValue();
      if (value >= min && value <= max) {
        return Optional.of((int) value);
      }
    }
    problems.add(Problem.of(path, raw, "must be a whole number, " + allowed()));
    return Optional.empty();
  }

  @Override
  public String allowed() {
    return min + " to " + max;
  }
}
