package io.gpuscaling.cli.replay;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Recorded observations: one row for each evaluation.
 *
 * @param columns names of metrics, in the order of the file, without {@code time}
 * @param rows oldest first, at least one; no two have the same time
 */
public record ObservationTable(List<String> columns, List<Row> rows) {

  /**
   * What was observed at one time.
   *
   * @param line of the file, from 1
   * @param writtenTime as it stands there
   * @param time that it means
   * @param values by metric; one without an entry has no data point
   */
  public record Row(int line, String writtenTime, Instant time, Map<String, Double> values) {
    /** Copies. */
    public Row {
      values = Map.copyOf(values);
    }
  }

  /** Copies. */
  public ObservationTable {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("no rows");
    }
  }

  /** The smallest time between two rows, if there are two: the series that the rows belong to. */
  public Optional<Duration> interval() {
    Optional<Duration> smallest = Optional.empty();
    for (int i = 1; i < rows.size(); i++) {
      Duration gap = Duration.between(rows.get(i - 1).time(), rows.get(i).time());
      if (smallest.isEmpty() || gap.compareTo(smallest.get()) < 0) {
        smallest = Optional.of(gap);
      }
    }
    return smallest;
  }
}
