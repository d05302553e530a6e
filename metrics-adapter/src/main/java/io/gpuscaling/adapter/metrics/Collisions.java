package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.core.metric.Labels;
import io.gpuscaling.core.metric.ServedMetric;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Series that an HPA cannot tell apart, since their labels differ in characters alone that no
 * selector can have. To answer both would count for one what belongs to two. Pure.
 */
final class Collisions {

  private Collisions() {}

  /** Refuses when two of some series in order read the same. */
  static Optional<QueryFailure> among(ServedMetric metric, List<ExternalItem> sorted) {
    for (int i = 1; i < sorted.size(); i++) {
      if (sorted.get(i).labels().equals(sorted.get(i - 1).labels())) {
        return Optional.of(refusal(metric, sorted.get(i).labels()));
      }
    }
    return Optional.empty();
  }

  /** Refuses when two rows read the same. */
  static Optional<QueryFailure> amongRows(ServedMetric metric, List<Gathered.Row> rows) {
    Set<Labels> seen = HashSet.newHashSet(rows.size());
    for (Gathered.Row row : rows) {
      if (!seen.add(row.labels())) {
        return Optional.of(refusal(metric, row.labels()));
      }
    }
    return Optional.empty();
  }

  private static QueryFailure refusal(ServedMetric metric, Labels labels) {
    return new QueryFailure.Ambiguous(
        "two series of "
            + metric.metricName()
            + " read "
            + labels
            + " to a selector, which cannot have every character of their names; rename one");
  }
}
