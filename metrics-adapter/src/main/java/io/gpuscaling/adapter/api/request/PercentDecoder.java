package io.gpuscaling.adapter.api.request;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Decodes percent escapes, exactly once, strictly. */
final class PercentDecoder {

  private static final int HEX = 16;

  private PercentDecoder() {}

  /** A path segment: a plus sign is itself. */
  static String decodeSegment(String text) throws MalformedTarget {
    return decode(text, false);
  }

  /** A name or value in a query: a plus sign is a space. */
  static String decodeQuery(String text) throws MalformedTarget {
    return decode(text, true);
  }

  private static String decode(String text, boolean plusIsSpace) throws MalformedTarget {
    if (isPlain(text, plusIsSpace)) {
      return text;
    }
    var bytes = ByteBuffer.allocate(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        int high = hex(text, i + 1);
        int low = hex(text, i + 2);
        if (high < 0 || low < 0) {
          throw new MalformedTarget("invalid URL escape");
        }
        bytes.put((byte) (high * HEX + low));
        i += 2;
      } else if (c <= ' ' || c >= 0x7f) {
        throw new MalformedTarget("invalid character in the URL: escape it");
      } else {
        bytes.put((byte) (plusIsSpace && c == '+' ? ' ' : c));
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedTarget("the URL is not UTF-8");
    }
  }

  private static int hex(String text, int index) {
    // Character.digit also takes digits of other scripts.
    return index < text.length() && text.charAt(index) < 0x7f
        ? Character.digit(text.charAt(index), HEX)
        : -1;
  }

  private static boolean isPlain(String text, boolean plusIsSpace) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%' || c <= ' ' || c >= 0x7f || (plusIsSpace && c == '+')) {
        return false;
      }
    }
    return true;
  }
}
