package io.gpuscaling.core.exposition;

import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What was made of a piece of the page, so that the same bytes are decoded once: pages repeat a few
 * names and label sets on thousands of lines. Lives as long as one page. Not for several threads.
 */
final class SliceCache<T> {

  private static final int FIRST_CAPACITY = 64;

  private final byte[] page;
  private int[] from = new int[FIRST_CAPACITY];
  private int[] to = new int[FIRST_CAPACITY];
  private int[] hashes = new int[FIRST_CAPACITY];
  private @Nullable Object[] values = new @Nullable Object[FIRST_CAPACITY];
  private int size;

  SliceCache(byte[] page) {
    this.page = page;
  }

  /**
   * What belongs to the bytes {@code [start, end)}, made now when they are new.
   *
   * @param hash any function of those bytes
   */
  @SuppressWarnings("unchecked") // only this method puts values in
  T get(int start, int end, int hash, Supplier<T> make) {
    int mixed = hash * 0x9E3779B9;
    int mask = values.length - 1;
    int slot = (mixed ^ (mixed >>> 16)) & mask;
    for (Object value = values[slot]; value != null; value = values[slot]) {
      if (hashes[slot] == hash && Arrays.equals(page, from[slot], to[slot], page, start, end)) {
        return (T) value;
      }
      slot = (slot + 1) & mask;
    }
    T made = make.get();
    from[slot] = start;
    to[slot] = end;
    hashes[slot] = hash;
    values[slot] = made;
    if (++size * 2 > values.length) {
      grow();
    }
    return made;
  }

  int size() {
    return size;
  }

  private void grow() {
    int capacity = values.length * 2;
    var newFrom = new int[capacity];
    var newTo = new int[capacity];
    var newHashes = new int[capacity];
    var newValues = new @Nullable Object[capacity];
    for (int i = 0; i < values.length; i++) {
      if (values[i] != null) {
        int mixed = hashes[i] * 0x9E3779B9;
        int slot = (mixed ^ (mixed >>> 16)) & (capacity - 1);
        while (newValues[slot] != null) {
          slot = (slot + 1) & (capacity - 1);
        }
        newFrom[slot] = from[i];
        newTo[slot] = to[i];
        newHashes[slot] = hashes[i];
        newValues[slot] = values[i];
      }
    }
    from = newFrom;
    to = newTo;
    hashes = newHashes;
    values = newValues;
  }
}
