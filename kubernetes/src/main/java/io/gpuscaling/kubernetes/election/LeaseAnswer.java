package io.gpuscaling.kubernetes.election;

/** What reading or writing a Lease came to. */
public sealed interface LeaseAnswer {

  /**
   * It is so now.
   *
   * @param version the object's {@code resourceVersion}: another after each write by anybody
   * @param record what it says
   */
  record Found(String version, LeaseRecord record) implements LeaseAnswer {}

  /** There is no such Lease. */
  record Absent() implements LeaseAnswer {}

  /** Somebody else has written it meanwhile; nothing was changed. */
  record Conflict() implements LeaseAnswer {}

  /**
   * Nobody knows: not reached, refused, not understood.
   *
   * @param reason a clause for logs, without secrets
   */
  record Failed(String reason) implements LeaseAnswer {}
}
