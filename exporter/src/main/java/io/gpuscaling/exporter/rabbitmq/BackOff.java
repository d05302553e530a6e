package io.gpuscaling.exporter.rabbitmq;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Waits that double, with jitter: 80 to 100 % of each. Not for several threads. */
final class BackOff {

  private static final double JITTER_RATIO = 0.2;
  private static final int MAX_DOUBLINGS = 20;

  private final Duration first;
  private final RandomGenerator random;
  private int failures;

  BackOff(Duration first, RandomGenerator random) {
    this.first = first;
    this.random = random;
  }

  /** The wait after one more failure, at most the longest. */
  long nextNanos(Duration longest) {
    long doubled = first.toNanos() << Math.min(failures++, MAX_DOUBLINGS);
    double share = 1 - JITTER_RATIO * random.nextDouble();
    return (long) (Math.min(doubled, longest.toNanos()) * share);
  }

  void reset() {
    failures = 0;
  }
}
