package io.gpuscaling.kubernetes.resource;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Constraints as the API server reads them. */
final class Constraints {

  private Constraints() {}

  static Map<String, Object> rule(String cel, String message) {
    Map<String, Object> rule = new LinkedHashMap<>();
    rule.put("rule", cel);
    rule.put("message", message);
    return rule;
  }

  static List<Map<String, Object>> rules(List<Constraint> constraints) {
    return constraints.stream()
        .filter(constraint -> constraint.cel().isPresent())
        .map(constraint -> {
          Map<String, Object> rule = rule(constraint.cel().get(), constraint.message());
          if (!constraint.field().isEmpty()) {
            rule.put("fieldPath", "." + constraint.field());
          }
          return rule;
        })
        .toList();
  }
}
