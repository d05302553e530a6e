package io.gpuscaling.adapter.metrics;

import java.time.Duration;

/** Adds rows up; as old as the oldest. For use by one thread. */
final class Sum {

  private double value;
  private long ageNanos;

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
