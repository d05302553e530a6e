package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.QueryFailure;
import io.gpuscaling.core.metric.Labels;
import java.util.List;

/** The series that a query selects. */
sealed interface Gathered {

  /** All of them, each fresh. */
  record Complete(List<Row> rows) implements Gathered {

    /** Copies the list. */
    public Complete {
      rows = List.copyOf(rows);
    }
  }

  /** Something is missing. */
  record Incomplete(QueryFailure failure) implements Gathered {}

  /**
   * One series.
   *
   * @param labels what a selector can pick it by, with {@code node}
   */
  record Row(Labels labels, double value, long ageNanos) {

    String node() {
      return labels.getOrEmpty("node");
    }
  }
}
