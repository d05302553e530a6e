package io.gpuscaling.kubernetes.resource;

import java.util.Map;
import java.util.Optional;

/** Yes or no. */
public record Truth() implements Shape {

  @Override
  public Map<String, Object> schema() {
    return Map.of("type", "boolean");
  }

  @Override
  public Optional<Object> read(Object raw, String path, Problems problems) {
    if (raw instanceof Boolean truth) {
      return Optional.of(truth);
    }
    problems.add(Problem.of(path, raw, "must be " + allowed()));
    return Optional.empty();
  }

  @Override
  public String allowed() {
    return "true or false";
  }
}
