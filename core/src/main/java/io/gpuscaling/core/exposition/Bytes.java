package io.gpuscaling.core.exposition;

import org.jspecify.annotations.Nullable;

/** What single bytes mean in the text format. */
final class Bytes {

  private static final int NAME_START = 1;
  private static final int NAME_PART = 2;
  private static final int COLON = 4;
  private static final byte[] CLASSES = classes();

  private Bytes() {}

  private static byte[] classes() {
    var classes = new byte[256];
    for (int c = 'a'; c <= 'z'; c++) {
      classes[c] = NAME_START | NAME_PART;
      classes[c - 'a' + 'A'] = NAME_START | NAME_PART;
    }
    for (int c = '0'; c <= '9'; c++) {
      classes[c] = NAME_PART;
    }
    classes['_'] = NAME_START | NAME_PART;
    classes[':'] = COLON;
    return classes;
  }

  static boolean isMetricNamePart(byte b, boolean first) {
    return (CLASSES[b & 0xff] & (first ? NAME_START | COLON : NAME_PART | COLON)) != 0;
  }

  static boolean isLabelNamePart(byte b, boolean first) {
    return (CLASSES[b & 0xff] & (first ? NAME_START : NAME_PART)) != 0;
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  static int skipBlanks(byte[] page, int start, int end) {
    int i = start;
    while (i < end && isBlank(page[i])) {
      i++;
    }
    return i;
  }

  /** The end without the blanks before it. */
  static int trimBlanks(byte[] page, int start, int end) {
    int i = end;
    while (i > start && isBlank(page[i - 1])) {
      i--;
    }
    return i;
  }

  static int skipWord(byte[] page, int start, int end) {
    int i = start;
    while (i < end && !isBlank(page[i])) {
      i++;
    }
    return i;
  }

  /**
   * The text with {@code \\}, {@code \n} and, where quotes are escaped too, {@code \"} replaced;
   * other escapes stay as they are, as in Prometheus. Null when it is not UTF-8.
   */
  static @Nullable String unescape(byte[] page, int start, int end, boolean quotes) {
    var text = new byte[end - start];
    int length = 0;
    for (int i = start; i < end; i++) {
      byte b = page[i];
      if (b == '\\' && i + 1 < end) {
        byte next = page[i + 1];
        if (next == '\\' || next == 'n' || (quotes && next == '"')) {
          b = next == 'n' ? (byte) '\n' : next;
          i++;
        }
      }
      text[length++] = b;
    }
    return Utf8.decode(text, 0, length);
  }
}
