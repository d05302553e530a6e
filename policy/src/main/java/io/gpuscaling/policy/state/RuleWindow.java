package io.gpuscaling.policy.state;

import io.gpuscaling.policy.observe.Observation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The last evaluations of one rule, each with its data point or without.
 *
 * @param slots newest first
 * @param newestAt the latest instant at which anything was observed, also when its slot is gone
 */
public record RuleWindow(List<Optional<DataPoint>> slots, Instant newestAt) {

  /** Before the first evaluation. */
  public static final RuleWindow EMPTY = new RuleWindow(List.of(), Instant.MIN);

  /** Copies. */
  public RuleWindow {
    slots = List.copyOf(slots);
  }

  /**
   * With one more evaluation.
   *
   * @param observation of now; one that was seen before is no data point
   * @param skipped so many evaluations should have been between the last one and this
   * @param periods so many evaluations are kept
   */
  public RuleWindow with(Observation observation, long skipped, int periods) {
    Optional<DataPoint> point = Optional.empty();
    Instant newest = newestAt;
    if (observation instanceof Observation.Sampled it && it.observedAt().isAfter(newestAt)) {
      point = Optional.of(new DataPoint(it.observedAt(), it.value(), it.exactness()));
      newest = it.observedAt();
    }
    List<Optional<DataPoint>> next = new ArrayList<>(periods);
    next.add(point);
    for (long i = 0; i < skipped && next.size() < periods; i++) {
      next.add(Optional.empty());
    }
    for (int i = 0; i < slots.size() && next.size() < periods; i++) {
      next.add(slots.get(i));
    }
    return new RuleWindow(next, newest);
  }

  /** The data point of the newest evaluation. */
  public Optional<DataPoint> newest() {
    return slots.isEmpty() ? Optional.empty() : slots.getFirst();
  }

  /** Whether no evaluation that is kept had a data point. */
  public boolean isEmpty() {
    for (Optional<DataPoint> slot : slots) {
      if (slot.isPresent()) {
        return false;
      }
    }
    return true;
  }
}
