package io.gpuscaling.adapter.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Finds external metrics by the names that clients send. The Kubernetes clients put an external
 * metric's name into the path in lower case, whatever an HPA says. Immutable.
 */
public final class ExternalNames {

  private final Set<String> exact;
  private final Map<String, List<String>> byLowerCase = new HashMap<>();

  /** What a name means. */
  public sealed interface Found {

    /** The metric of this name; the name as it came when no listed metric is like it. */
    record Name(String name) implements Found {}

    /** Several metrics, none of them exactly this. */
    record Several(List<String> names) implements Found {}
  }

  /** The names of a catalogue. */
  public ExternalNames(List<String> names) {
    exact = new HashSet<>(names);
    for (String name : names) {
      byLowerCase.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new ArrayList<>()).add(name);
    }
  }

  /** The metric that is meant: the one of exactly this name, else the only one but for case. */
  public Found find(String name) {
    if (exact.contains(name)) {
      return new Found.Name(name);
    }
    List<String> alike = byLowerCase.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    return switch (alike.size()) {
      case 0 -> new Found.Name(name);
      case 1 -> new Found.Name(alike.getFirst());
      default -> new Found.Several(List.copyOf(alike));
    };
  }
}
