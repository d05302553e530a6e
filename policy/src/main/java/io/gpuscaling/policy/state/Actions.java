package io.gpuscaling.policy.state;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a policy has done, and what is still to come of it. Absolute times: it is written to the
 * policy's status, and whoever reads it there goes on as if he had decided himself.
 *
 * @param pending the decision that the target has not followed yet
 * @param rest where a step that the rate has cut wants to get
 * @param changes oldest first; bounded by the longest span that anybody asks for
 * @param pause of the breaker
 * @param countedFrom what was before does not count for the breaker: somebody has resumed
 */
public record Actions(
    Optional<Pending> pending,
    OptionalInt rest,
    List<Change> changes,
    Optional<Pause> pause,
    Instant countedFrom) {

  /**
   * So many changes are remembered, the newest; about 60 bytes each in a status. A policy that
   * makes more within its longest span has long been paused by its breaker.
   */
  public static final int MAX_CHANGES = 250;

  /** Nothing done yet. */
  public static final Actions NONE =
      new Actions(
          Optional.empty(), OptionalInt.empty(), List.of(), Optional.empty(), Instant.EPOCH);

  /** Copies. */
  public Actions {
    changes = List.copyOf(changes);
  }

  /** When replicas were last added, if it is still known. */
  public Optional<Instant> lastUp() {
    for (int i = changes.size() - 1; i >= 0; i--) {
      if (changes.get(i).isUp()) {
        return Optional.of(changes.get(i).at());
      }
    }
    return Optional.empty();
  }

  /** When the replicas were last changed either way, if it is still known. */
  public Optional<Instant> last() {
    return changes.isEmpty() ? Optional.empty() : Optional.of(changes.getLast().at());
  }

  /** So many replicas were added (or removed) within a period before now. */
  public int moved(boolean upwards, Duration period, Instant now) {
    Instant cutoff = now.minus(period);
    int moved = 0;
    for (Change change : changes) {
      if (change.isUp() == upwards && change.at().isAfter(cutoff)) {
        moved += Math.abs(change.to() - change.from());
      }
    }
    return moved;
  }

  /** With another pending decision, or none. */
  public Actions withPending(Optional<Pending> decision) {
    return new Actions(decision, rest, changes, pause, countedFrom);
  }

  /** With another rest, or none. */
  public Actions withRest(OptionalInt goal) {
    return new Actions(pending, goal, changes, pause, countedFrom);
  }

  /** With one more change; those before a cutoff are forgotten. */
  public Actions withChange(Change change, Instant cutoff) {
    List<Change> kept = new ArrayList<>();
    for (Change old : changes) {
      if (old.at().isAfter(cutoff)) {
        kept.add(old);
      }
    }
    kept.add(change);
    int surplus = Math.max(0, kept.size() - MAX_CHANGES);
    return new Actions(pending, rest, kept.subList(surplus, kept.size()), pause, countedFrom);
  }

  /** With the breaker tripped. */
  public Actions withPause(Pause tripped) {
    return new Actions(
        Optional.empty(), OptionalInt.empty(), changes, Optional.of(tripped), countedFrom);
  }

  /** With the breaker closed again, and nothing before an instant counted. */
  public Actions resumed(Instant from) {
    return new Actions(pending, rest, changes, Optional.empty(), from);
  }
}
