package io.gpuscaling.exporter.lease;

import java.util.Locale;

/** What came of reading a file of leases. */
sealed interface StateFileReading {

  /**
   * It can be gone on with.
   *
   * @param ageNanos since its instant, rather too long than too short
   */
  record Usable(LeaseState state, long ageNanos) implements StateFileReading {}

  /**
   * It counts as none.
   *
   * @param detail for the log
   */
  record Unusable(Reason reason, String detail) implements StateFileReading {}

  /** Why a file counts as none. */
  enum Reason {
    /** There is none: the first start on this node, or in this pod. */
    ABSENT,
    /** It ends too early. */
    TORN,
    /** Its content is not what was written, or breaks a bound. */
    CORRUPT,
    /** It is no file of leases, or that of another version. */
    OTHER_FORMAT,
    /** It is another node's. */
    OTHER_NODE,
    /** The node has been booted since: no process that it tells of runs any more. */
    OTHER_BOOT,
    /** It is a time to live old or older: nothing in it can be alive. */
    OLD,
    /** The clocks do not agree on how old it is. */
    CLOCK,
    /** It is larger than any that is written. */
    TOO_LARGE,
    /** It, or the node's clock, could not be read. */
    UNREADABLE;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
