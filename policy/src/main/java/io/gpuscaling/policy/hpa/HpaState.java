package io.gpuscaling.policy.hpa;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * What an HPA remembers from one evaluation to the next. Bounded by the windows and periods of its
 * spec: what is older is forgotten.
 *
 * @param recommendations before stabilization, oldest first
 * @param changes of the replicas, oldest first
 */
public record HpaState(List<Recommendation> recommendations, List<Change> changes) {

  /** Nothing yet: the first evaluation takes the current replicas for the first recommendation. */
  public static final HpaState EMPTY = new HpaState(List.of(), List.of());

  /** So many replicas were recommended then. */
  public record Recommendation(Instant at, int replicas) {}

  /** So many replicas were added then; negative when removed. */
  public record Change(Instant at, int replicas) {}

  /** Copies. */
  public HpaState {
    recommendations = List.copyOf(recommendations);
    changes = List.copyOf(changes);
  }

  /** The sum of the changes upwards, or downwards (not negative), within a period before now. */
  int changed(boolean upwards, Duration period, Instant now) {
    return changes.stream()
        .filter(change -> change.at().isAfter(now.minus(period)))
        .mapToInt(change -> upwards ? change.replicas() : -change.replicas())
        .filter(count -> count > 0)
        .sum();
  }

  HpaState with(Recommendation recommendation, Duration longestWindow) {
    return new HpaState(
        append(recommendations, recommendation)
            .filter(it -> it.at().isAfter(recommendation.at().minus(longestWindow)))
            .toList(),
        changes);
  }

  HpaState with(Change change, Duration longestPeriod) {
    return new HpaState(
        recommendations,
        append(changes, change)
            .filter(it -> it.at().isAfter(change.at().minus(longestPeriod)))
            .toList());
  }

  private static <T> Stream<T> append(List<T> list, T last) {
    return Stream.concat(list.stream(), Stream.of(last));
  }
}
