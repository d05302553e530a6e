package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.api.ExternalItem;
import io.gpuscaling.policy.observe.Exactness;
import java.time.Duration;
import java.util.List;

/** Series of one metric as one value, as an HPA adds them up. */
sealed interface ItemSum {

  /**
   * The sum.
   *
   * @param age of the oldest
   * @param exactness of the least exact
   */
  record Sum(double value, Duration age, Exactness exactness) implements ItemSum {}

  /** A lower and an upper bound together bound nothing. */
  record Contradiction() implements ItemSum {}

  /** Of at least one series. */
  static ItemSum of(List<ExternalItem> items) {
    double value = 0;
    Duration age = Duration.ZERO;
    Exactness exactness = Exactness.EXACT;
    for (ExternalItem item : items) {
      Exactness own = exactness(item.exactness());
      if (isBound(own) && isBound(exactness) && own != exactness) {
        return new Contradiction();
      }
      exactness = weaker(exactness, own);
      value += item.value();
      age = item.age().compareTo(age) > 0 ? item.age() : age;
    }
    return new Sum(value, age, exactness);
  }

  private static boolean isBound(Exactness exactness) {
    return exactness == Exactness.LOWER_BOUND || exactness == Exactness.UPPER_BOUND;
  }

  /** A bound is a bound whatever is added to it; else an estimate is an estimate. */
  private static Exactness weaker(Exactness one, Exactness other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  private static Exactness exactness(io.gpuscaling.core.metric.Exactness exactness) {
    return switch (exactness) {
      case EXACT -> Exactness.EXACT;
      case ESTIMATE -> Exactness.ESTIMATE;
      case LOWER_BOUND -> Exactness.LOWER_BOUND;
      case UPPER_BOUND -> Exactness.UPPER_BOUND;
    };
  }
}
