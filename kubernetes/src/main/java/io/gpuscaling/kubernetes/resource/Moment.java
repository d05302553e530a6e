package io.gpuscaling.kubernetes.resource;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** An instant, by RFC 3339. */
public record Moment() implements Shape {

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "string");
    schema.put("format", "date-time");
    return schema;
  }

  @Override
  public Optional<Object> read(Object raw, String path, Problems problems) {
    Optional<Instant> instant = raw instanceof String text ? parse(text) : Optional.empty();
    if (instant.isEmpty()) {
      problems.add(Problem.of(path, raw, "must be " + allowed()));
    }
    return instant.map(it -> it);
  }

  /** Reads a time with its offset. */
  public static Optional<Instant> parse(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public String allowed() {
    return "a time such as 2026-11-25T03:12:00Z";
  }
}
