package io.gpuscaling.policy.hpa;

import io.gpuscaling.policy.hpa.HpaState.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What somebody who watches a scale target knows of the changes that its HPA may remember.
 *
 * @param watchedSince all changes from then on were seen
 * @param changes of {@code spec.replicas}, whoever made them, oldest first
 * @param lastScaleTime when the HPA says that it changed the replicas last
 */
public record HpaPast(Instant watchedSince, List<Change> changes, Optional<Instant> lastScaleTime) {

  /** The longest {@code periodSeconds} that the API server allows. */
  public static final Duration LONGEST_PERIOD = Duration.ofMinutes(30);

  /**
   * So much later than it happened a change may be seen, and so much the clocks of adapters and of
   * the controller may differ.
   */
  public static final Duration MARGIN = Duration.ofSeconds(5);

  /** So many changes are kept; older ones count as unseen. */
  static final int MAX_CHANGES = 64;

  /** Copies. */
  public HpaPast {
    changes = List.copyOf(changes);
  }

  /** Watched from now on. */
  public static HpaPast from(Instant now) {
    return new HpaPast(now, List.of(), Optional.empty());
  }

  /** With one more change; what no HPA remembers is left out. */
  public HpaPast with(Change change) {
    Instant cutoff = change.at().minus(LONGEST_PERIOD).minus(MARGIN);
    List<Change> kept = new ArrayList<>();
    changes.stream().filter(it -> it.at().isAfter(cutoff)).forEach(kept::add);
    kept.add(change);
    boolean isFull = kept.size() > MAX_CHANGES;
    return new HpaPast(
        isFull ? kept.get(1).at() : watchedSince,
        isFull ? kept.subList(1, kept.size()) : kept,
        lastScaleTime);
  }

  /** With what the HPA says. */
  public HpaPast with(Optional<Instant> scaledAt) {
    return new HpaPast(watchedSince, changes, scaledAt);
  }

  /** Until when the HPA may remember a change that was not seen; empty when there is none. */
  Optional<Instant> unseenUntil(Duration period, Instant now) {
    boolean isSeen =
        lastScaleTime.isEmpty()
            || (!lastScaleTime.get().isBefore(watchedSince)
                && !changes.isEmpty()
                && !changes.getLast().at().isBefore(lastScaleTime.get().minus(MARGIN)));
    return isSeen
        ? Optional.empty()
        : lastScaleTime.map(it -> it.plus(period).plus(MARGIN)).filter(it -> it.isAfter(now));
  }
}
