package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.QueryFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gathers what a sum lacks and says it in one sentence. For use by one thread. */
final class Missing {

  /** How many are named; the rest is counted. */
  private static final int MAX_NAMED = 3;

  private final List<String> named = new ArrayList<>();
  private int count;

  void add(String name, String why) {
    if (named.size() < MAX_NAMED) {
      named.add(name + " (" + why + ")");
    }
    count++;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /**
   * "incomplete: 3 of 40 nodes: gpu-7 (no exporter has reported), ..." or empty when nothing is
   * missing.
   */
  Optional<QueryFailure> failure(int expected, String things) {
    if (count == 0) {
      return Optional.empty();
    }
    String rest = count > named.size() ? " and " + (count - named.size()) + " more" : "";
    return Optional.of(
        new QueryFailure.Unavailable(
            "incomplete: "
                + count
                + " of "
                + expected
                + " "
                + things
                + ": "
                + String.join(", ", named)
                + rest));
  }
}
