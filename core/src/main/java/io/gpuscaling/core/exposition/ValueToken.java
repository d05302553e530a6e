package io.gpuscaling.core.exposition;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reads the number of a sample line as Go's ParseFloat does, without hexadecimal and underscores
 * (as Prometheus). Keeps the last value in a field, so that no object is made for each line. Not
 * for several threads.
 */
final class ValueToken {

  /** Up to here a whole number and a power of ten are exact doubles, and so is their quotient. */
  private static final long EXACT_MANTISSA = 1L << 53;

  private static final double[] EXACT_POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private double value;

  /** The number that the last successful {@link #read} found. */
  double value() {
    return value;
  }

  /**
   * Whether the bytes {@code [start, end)} are a number; a value too large for a double is none.
   */
  boolean read(byte[] page, int start, int end) {
    int i = start;
    boolean negative = false;
    if (i < end && (page[i] == '-' || page[i] == '+')) {
      negative = page[i] == '-';
      i++;
    }
    long mantissa = 0;
    int digits = 0;
    int fraction = 0;
    boolean point = false;
    for (; i < end; i++) {
      int digit = page[i] - '0';
      if (digit >= 0 && digit <= 9) {
        digits++;
        fraction += point ? 1 : 0;
        if (mantissa <= EXACT_MANTISSA) {
          mantissa = mantissa * 10 + digit;
        }
      } else if (page[i] == '.' && !point) {
        point = true;
      } else {
        break;
      }
    }
    if (digits == 0) {
      return readWord(page, start, end);
    }
    if (i == end && mantissa <= EXACT_MANTISSA && fraction < EXACT_POWERS.length) {
      double magnitude = mantissa / EXACT_POWERS[fraction];
      value = negative ? -magnitude : magnitude;
      return true;
    }
    if (i < end && !isExponent(page, i, end)) {
      return false;
    }
    value = Double.parseDouble(new String(page, start, end - start, StandardCharsets.ISO_8859_1));
    return !Double.isInfinite(value);
  }

  private static boolean isExponent(byte[] page, int start, int end) {
    if (page[start] != 'e' && page[start] != 'E') {
      return false;
    }
    int i = start + 1;
    if (i < end && (page[i] == '-' || page[i] == '+')) {
      i++;
    }
    int first = i;
    while (i < end && page[i] >= '0' && page[i] <= '9') {
      i++;
    }
    return i == end && i > first;
  }

  private boolean readWord(byte[] page, int start, int end) {
    if (end - start > "+infinity".length()) {
      return false;
    }
    String word = new String(page, start, end - start, StandardCharsets.ISO_8859_1);
    switch (word.toLowerCase(Locale.ROOT)) {
      case "nan" -> value = Double.NaN;
      case "inf", "+inf", "infinity", "+infinity" -> value = Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> value = Double.NEGATIVE_INFINITY;
      default -> {
        return false;
      }
    }
    return true;
  }
}
