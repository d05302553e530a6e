package io.gpuscaling.adapter.leader;

import java.time.Duration;
import java.time.Instant;

/** What a replica does about the Lease that it has read. Pure. */
sealed interface LeaseStep {

  /** Writes itself into it. */
  record Write(LeaseRecord lease) implements LeaseStep {}

  /** Leaves it to its holder. */
  record Wait() implements LeaseStep {}

  /**
   * The next step. No wall clock is compared with another: a Lease is free when this replica has
   * seen no change of it for the whole duration.
   *
   * @param lease as read
   * @param identity of this replica
   * @param unchangedFor how long this replica has seen the Lease like that
   * @param duration of the Lease
   * @param now to be written
   */
  static LeaseStep next(
      LeaseRecord lease, String identity, Duration unchangedFor, Duration duration, Instant now) {
    if (lease.holder().equals(identity)) {
      return new Write(new LeaseRecord(identity, now, lease.transitions()));
    }
    return lease.holder().isEmpty() || unchangedFor.compareTo(duration) >= 0
        ? new Write(new LeaseRecord(identity, now, lease.transitions() + 1))
        : new Wait();
  }
}
