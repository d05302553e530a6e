package io.gpuscaling.kubernetes.resource;

import io.gpuscaling.policy.hpa.MilliQuantity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A number in the unit of its metric, as a whole number or a Kubernetes quantity in quotes: {@code
 * 100}, {@code "0.75"}, {@code "750m"}, {@code "8Gi"}. Exact to a thousandth, like the metrics
 * APIs.
 *
 * @param isPositive whether 0 and less are refused
 */
public record Amount(boolean isPositive) implements Shape {

  /** The API server's own pattern of a quantity with fewer ways to write it. */
  private static final String PATTERN =
      "^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,2}|[numkMGTPE]|[KMGTPE]i)?$";

  @Override
  public Map<String, Object> schema() {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("anyOf", List.of(Map.of("type", "integer"), Map.of("type", "string")));
    schema.put("pattern", PATTERN);
    schema.put("x-kubernetes-int-or-string", true);
    return schema;
  }

  @Override
  public Optional<Object> read(Object raw, String path, Problems problems) {
    Optional<String> text =
        switch (raw) {
          case String it -> Optional.of(it);
          case Number it when it.doubleValue() == Math.rint(it.doubleValue()) ->
              Optional.of(Long.toString(it.longValue()));
          default -> Optional.empty();
        };
    if (text.isEmpty()) {
      String hint = raw instanceof Number ? "; write a fraction in quotes, as \"" + raw + "\"" : "";
      problems.add(Problem.of(path, raw, "must be " + allowed() + hint));
      return Optional.empty();
    }
    OptionalLong milli =
        text.get().matches(PATTERN) ? MilliQuantity.parse(text.get()) : OptionalLong.empty();
    if (milli.isEmpty() || (isPositive && milli.getAsLong() <= 0)) {
      problems.add(Problem.of(path, raw, "must be " + allowed()));
      return Optional.empty();
    }
    return Optional.of(milli.getAsLong() / (double) MilliQuantity.PER_UNIT);
  }

  @Override
  public String allowed() {
    return (isPositive ? "above 0, " : "") + "a whole number or a quantity such as \"750m\"";
  }
}
