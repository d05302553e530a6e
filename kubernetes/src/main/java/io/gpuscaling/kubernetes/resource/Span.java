package io.gpuscaling.kubernetes.resource;

import io.gpuscaling.core.config.GoDuration;
import io.gpuscaling.core.config.Parsed;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A span of time as Go writes it: {@code 300s}, {@code 5m}, {@code 1h30m}.
 *
 * @param min the shortest
 * @param max the longest
 */
public record Span(Duration min, Duration max) implements Shape {

  private static final int MAX_CHARS = 32;
  private static final String PATTERN = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$";

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "string");
    schema.put("maxLength", MAX_CHARS);
    schema.put("pattern", PATTERN);
    schema.put(
        "x-kubernetes-validations",
        List.of(
            Constraints.rule(
                "duration(self) >= duration('%s') && duration(self) <= duration('%s')"
                    .formatted(GoDuration.print(min), GoDuration.print(max)),
                "must be " + allowed())));
    return schema;
  }

  @Override
  public Optional<Object> read(Object raw, String path, Problems problems) {
    if (raw instanceof String text
        && text.length() <= MAX_CHARS
        && text.matches(PATTERN)
        && GoDuration.parse(text) instanceof Parsed.Value<Duration>(Duration value)
        && value.compareTo(min) >= 0
        && value.compareTo(max) <= 0) {
      return Optional.of(value);
    }
    String hint = raw instanceof Number ? "; it has no unit (ms, s, m, h)" : "";
    problems.add(Problem.of(path, raw, "must be " + allowed() + hint));
    return Optional.empty();
  }

  @Override
  public String allowed() {
    return "a duration, " + GoDuration.print(min) + " to " + GoDuration.print(max);
  }
}
