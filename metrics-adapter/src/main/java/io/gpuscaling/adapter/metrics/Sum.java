package io.gpuscaling.adapter.metrics;

import java.time.Duration;

/** Adds rows up; as old as the oldest. For use by one thread. */
final class Sum {

  private double value;
  private long ageNanos;

  /**
   * Zero.
   *
   * @param ageNanos how long ago it was known that there is at least this
   */
  Sum(long ageNanos) {
    this.ageNanos = ageNanos;
  }

  /** The sum of some rows. */
  static Sum of(Iterable<Gathered.Row> rows) {
    Sum sum = new Sum(0);
    rows.forEach(sum::add);
    return sum;
  }

  void add(Gathered.Row row) {
    value += row.value();
    ageNanos = Math.max(ageNanos, row.ageNanos());
  }

  double value() {
    return value;
  }

  Duration age() {
    return Duration.ofNanos(ageNanos);
  }
}
