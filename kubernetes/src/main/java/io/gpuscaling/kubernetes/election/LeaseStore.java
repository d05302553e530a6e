package io.gpuscaling.kubernetes.election;

/**
 * Reads and writes one Lease. Blocks for one request, within a deadline that is shorter than {@link
 * ElectionTimes#renewDeadline}; never throws.
 */
public interface LeaseStore {

  /** Reads it. */
  LeaseAnswer read();

  /** Makes it; {@link LeaseAnswer.Conflict} when it is there already. */
  LeaseAnswer create(LeaseRecord record);

  /** Replaces what it says if it still has this version; else {@link LeaseAnswer.Conflict}. */
  LeaseAnswer replace(String version, LeaseRecord record);
}
