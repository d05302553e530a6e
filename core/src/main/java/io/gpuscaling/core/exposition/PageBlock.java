package io.gpuscaling.core.exposition;

import org.jspecify.annotations.Nullable;

/**
 * A label set as it stands on a page, and which one followed it there last. Not for several
 * threads.
 */
final class PageBlock {

  private final int from;
  private final int to;
  private final LabelBlock parsed;
  private final int number;
  private @Nullable PageBlock next;

  /**
   * A block.
   *
   * @param from where it was first met, between the braces
   * @param number the same for the same label set, however it is written; negative when it is none
   */
  PageBlock(int from, int to, LabelBlock parsed, int number) {
    this.from = from;
    this.to = to;
    this.parsed = parsed;
    this.number = number;
  }

  int from() {
    return from;
  }

  int to() {
    return to;
  }

  int length() {
    return to - from;
  }

  LabelBlock parsed() {
    return parsed;
  }

  int number() {
    return number;
  }

  @Nullable PageBlock next() {
    return next;
  }

  void expect(PageBlock following) {
    next = following;
  }
}
