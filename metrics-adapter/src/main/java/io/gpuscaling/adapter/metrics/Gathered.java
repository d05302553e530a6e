package io.gpuscaling.adapter.metrics;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Labels;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;

/** The series that a query selects. */
sealed interface Gathered {

  /**
   * All of them, each fresh.
   *
   * @param nodes which nodes have told all that they know, in order; also those without a row
   */
  record Complete(List<Row> rows, SortedSet<String> nodes) implements Gathered {

    /** Protects both. */
    public Complete {
      rows = Collections.unmodifiableList(rows);
      nodes = Collections.unmodifiableSortedSet(nodes);
    }
  }

  /**
   * Something is missing.
   *
   * @param sentence what and why
   */
  record Incomplete(String sentence) implements Gathered {}

  /**
   * One series.
   *
   * @param own the labels that its exporter and we gave it, with {@code node}
   * @param workload what the pod belongs to, or the empty text
   * @param exactness how the value stands to the true one
   */
  record Row(Labels own, String workload, double value, long ageNanos, Exactness exactness) {

    String node() {
      return own.getOrEmpty("node");
    }

    /** What a selector can pick it by. */
    Labels labels() {
      return workload.isEmpty() ? own : own.with("workload", workload);
    }
  }
}
