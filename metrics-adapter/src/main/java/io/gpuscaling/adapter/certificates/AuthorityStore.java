package io.gpuscaling.adapter.certificates;

/** Where the replicas share their authorities. Blocks. For one thread at a time. */
public interface AuthorityStore {

  /** What is there. */
  sealed interface Loaded {

    /**
     * Authorities.
     *
     * @param version of the object that holds them
     */
    record Found(AuthorityState state, String version) implements Loaded {}

    /** A place for them, and nothing in it yet. */
    record Empty(String version) implements Loaded {}

    /** It could not be read. */
    record Failed(String reason) implements Loaded {}
  }

  /** What writing came to. */
  sealed interface Saved {

    /** It is there now. */
    record Done() implements Saved {}

    /** Another replica was faster: read again. */
    record Conflict() implements Saved {}

    /** It could not be written. */
    record Failed(String reason) implements Saved {}
  }

  /** Reads. */
  Loaded load();

  /** Writes, if the object is still of this version. */
  Saved save(AuthorityState state, String version);
}
