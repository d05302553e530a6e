package io.gpuscaling.core.exposition;

/** A set of numbers that are not negative; only grows. Not for several threads. */
final class LongSet {

  private static final int FIRST_CAPACITY = 256;

  /** Each number plus one, so that 0 is a free slot. */
  private long[] slots = new long[FIRST_CAPACITY];

  private int size;

  /** Whether it was not there before. */
  boolean add(long number) {
    if (!put(slots, number + 1)) {
      return false;
    }
    if (++size * 2 > slots.length) {
      var larger = new long[slots.length * 2];
      for (long slot : slots) {
        if (slot != 0) {
          put(larger, slot);
        }
      }
      slots = larger;
    }
    return true;
  }

  private static boolean put(long[] slots, long entry) {
    int mask = slots.length - 1;
    long mixed = entry * 0x9E3779B97F4A7C15L;
    int i = (int) (mixed >>> Integer.SIZE) & mask;
    for (; slots[i] != 0; i = (i + 1) & mask) {
      if (slots[i] == entry) {
        return false;
      }
    }
    slots[i] = entry;
    return true;
  }
}
