package io.gpuscaling.kubernetes.election;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who may take a Lease and until when its holder may act; pure, time is an argument. Not for
 * several threads.
 *
 * <p>Two never act at once, as long as clocks run equally fast: a holder counts its deadline from
 * when it <em>sent</em> a renewal, another counts the longer duration from when it <em>saw</em>
 * that renewal, which is later; and each write is refused when anybody else has written since the
 * read that it follows from. Wall clocks never count. (A machine that is suspended as a whole may
 * stop its clock: what its replica does then until it looks again, nobody can prevent from here.)
 */
final class Election {

  /** What to ask of the Lease next. */
  sealed interface Step {

    /** Read it. */
    record Read() implements Step {}

    /** Make it. */
    record Create(LeaseRecord record) implements Step {}

    /** Replace it. */
    record Replace(String version, LeaseRecord record) implements Step {}
  }

  /** What was seen last, and when that version was first seen. */
  private record Sight(String version, LeaseRecord record, long sinceNanos) {}

  private final ElectionTimes times;
  private final String identity;

  private @Nullable Sight sight;

  /** Whether there was no Lease at the last look. */
  private boolean isAbsent;

  /** Whether what was seen may have changed: a write was refused, or its outcome is not known. */
  private boolean isOutdated = true;

  private @Nullable Long heldUntilNanos;
  private @Nullable Long heartbeatAtNanos;
  private String lost = "";

  /**
   * An election that has seen nothing.
   *
   * @param identity this replica's name in the Lease: of this process alone, not of one that was
   *     before
   */
  Election(ElectionTimes times, String identity) {
    this.times = times;
    this.identity = identity;
  }

  /** Whether this replica may act at this instant. */
  boolean isHeld(long nowNanos) {
    Long until = heldUntilNanos;
    return until != null && nowNanos - until < 0;
  }

  /** Until when it may act; null when it may not. */
  @Nullable Long heldUntilNanos() {
    return heldUntilNanos;
  }

  /**
   * When the look was sent that found the last sign of life of a holder, whoever it is, or, before
   * one, the Lease for the first time; null before that.
   */
  @Nullable Long heartbeatAtNanos() {
    return heartbeatAtNanos;
  }

  /** Why it may act no more: a clause. */
  String lost() {
    return lost;
  }

  /**
   * What to do next.
   *
   * @param now the wall clock's time, to be written for people
   */
  Step next(long nowNanos, Instant now) {
    Sight seen = sight;
    if (isOutdated || (seen == null && !isAbsent)) {
      return new Step.Read();
    }
    if (seen == null) {
      return new Step.Create(new LeaseRecord(identity, times.leaseDuration(), now, now, 0));
    }
    LeaseRecord record = seen.record();
    if (record.holder().equals(identity)) {
      return new Step.Replace(
          seen.version(),
          new LeaseRecord(
              identity, times.leaseDuration(), record.acquiredAt(), now, record.transitions()));
    }
    return isFree(seen, nowNanos)
        ? new Step.Replace(
            seen.version(),
            new LeaseRecord(identity, times.leaseDuration(), now, now, record.transitions() + 1))
        : new Step.Read();
  }

  private boolean isFree(Sight seen, long nowNanos) {
    return nowNanos - freeAtNanos(seen) >= 0;
  }

  /** A holder that runs with a longer duration than ours is given that. */
  private long freeAtNanos(Sight seen) {
    LeaseRecord record = seen.record();
    if (record.holder().isEmpty()) {
      return seen.sinceNanos();
    }
    Duration longer =
        record.duration().compareTo(times.leaseDuration()) > 0
            ? record.duration()
            : times.leaseDuration();
    return seen.sinceNanos() + longer.toNanos();
  }

  /**
   * Takes what a step came to.
   *
   * @param askedAtNanos when it was sent
   * @param nowNanos when the answer was there
   */
  void take(Step step, LeaseAnswer answer, long askedAtNanos, long nowNanos) {
    switch (answer) {
      case LeaseAnswer.Found(String version, LeaseRecord record) -> {
        if (sight == null || !sight.version().equals(version)) {
          sight = new Sight(version, record, nowNanos);
          // Who has given it back gives no sign of life.
          if (!record.holder().isEmpty() || heartbeatAtNanos == null) {
            heartbeatAtNanos = askedAtNanos;
          }
        }
        isAbsent = false;
        isOutdated = false;
        if (!record.holder().equals(identity)) {
          lose("it is held by " + (record.holder().isEmpty() ? "nobody" : record.holder()));
        } else if (!(step instanceof Step.Read)) {
          heldUntilNanos = askedAtNanos + times.renewDeadline().toNanos();
        }
      }
      case LeaseAnswer.Absent() -> {
        sight = null;
        isAbsent = true;
        isOutdated = false;
        lose("it was deleted");
      }
      case LeaseAnswer.Conflict() -> isOutdated = true;
      // A write may have been done: it must be read what is so, and the deadline runs on.
      case LeaseAnswer.Failed _ -> isOutdated = isOutdated || !(step instanceof Step.Read);
    }
  }

  /** Ends the right to act when its deadline has passed; answers whether it did so now. */
  boolean expire(long nowNanos) {
    if (heldUntilNanos == null || isHeld(nowNanos)) {
      return false;
    }
    lose("it could not be renewed in time");
    return true;
  }

  private void lose(String why) {
    if (heldUntilNanos != null) {
      heldUntilNanos = null;
      lost = why;
    }
  }

  /** How long to wait after this step; 0 when there is something to be written at once. */
  long waitNanos(Step step, LeaseAnswer answer, long nowNanos) {
    long observe = times.observeInterval().toNanos();
    return switch (answer) {
      case LeaseAnswer.Failed _, LeaseAnswer.Conflict _ -> observe;
      case LeaseAnswer.Absent _ -> 0;
      case LeaseAnswer.Found(_, LeaseRecord record) when record.holder().equals(identity) ->
          step instanceof Step.Read ? 0 : times.renewInterval().toNanos();
      case LeaseAnswer.Found _ -> {
        Sight seen = sight;
        yield seen == null ? observe : Math.clamp(freeAtNanos(seen) - nowNanos, 0, observe);
      }
    };
  }

  /** Gives the Lease back, so that another need not wait; null when it is not held. */
  @Nullable Step release(long nowNanos, Instant now) {
    Sight seen = sight;
    if (!isHeld(nowNanos) || seen == null || isOutdated) {
      return null;
    }
    LeaseRecord record = seen.record();
    return new Step.Replace(
        seen.version(),
        new LeaseRecord("", record.duration(), record.acquiredAt(), now, record.transitions()));
  }
}
