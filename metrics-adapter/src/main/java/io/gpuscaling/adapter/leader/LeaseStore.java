package io.gpuscaling.adapter.leader;

/** Where the Lease is kept. Blocks, with a deadline of its own. */
public interface LeaseStore {

  /** What reading it came to. */
  sealed interface Loaded {
    /**
     * It is there.
     *
     * @param version for the next write
     */
    record Found(LeaseRecord lease, String version) implements Loaded {}

    /** It has never been made. */
    record Absent() implements Loaded {}

    /**
     * Nobody can say.
     *
     * @param sentence why
     */
    record Failed(String sentence) implements Loaded {}
  }

  /** What writing it came to. */
  sealed interface Saved {
    /** It is as written. */
    record Done() implements Saved {}

    /** Somebody else was faster. */
    record Conflict() implements Saved {}

    /**
     * It may be written or not.
     *
     * @param sentence why
     */
    record Failed(String sentence) implements Saved {}
  }

  /** Reads it, not from a cache. */
  Loaded load();

  /** Makes it, unless somebody has. */
  Saved create(LeaseRecord lease);

  /** Writes it, unless somebody has since it was read. */
  Saved save(LeaseRecord lease, String version);
}
