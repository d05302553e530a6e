package io.gpuscaling.adapter.metrics;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Gathers what a sum lacks and says it in one sentence. For use by one thread. */
final class Missing {

  /** How many are named; the rest is counted. */
  private static final int MAX_NAMED = 3;

  /** Sorted, so that the sentence stays the same while its cause does. */
  private final Map<String, String> reasons = new TreeMap<>();

  /** A thing that is missing; the first reason counts. */
  void add(String name, String why) {
    reasons.putIfAbsent(name, why);
  }

  /**
   * "incomplete: 3 of 40 nodes: gpu-7 (no exporter has reported), ..." or empty when nothing is
   * missing.
   */
  Optional<String> sentence(int expected, String things) {
    if (reasons.isEmpty()) {
      return Optional.empty();
    }
    String named =
        reasons.entrySet().stream()
            .limit(MAX_NAMED)
            .map(each -> each.getKey() + " (" + each.getValue() + ")")
            .collect(Collectors.joining(", "));
    int more = reasons.size() - MAX_NAMED;
    return Optional.of(
        "incomplete: %d of %d %s: %s%s"
            .formatted(
                reasons.size(), expected, things, named, more > 0 ? " and " + more + " more" : ""));
  }
}
