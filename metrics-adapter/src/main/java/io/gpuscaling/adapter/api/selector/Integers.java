package io.gpuscaling.adapter.api.selector;

/** What Kubernetes takes for an integer in a selector: 64 bits, decimal ASCII digits, a sign. */
final class Integers {

  private static final int MAX_LENGTH = 63;

  private Integers() {}

  static boolean isInteger(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return false;
    }
    // Long.parseLong also takes digits of other scripts.
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean sign = i == 0 && text.length() > 1 && (c == '-' || c == '+');
      if (!sign && (c < '0' || c > '9')) {
        return false;
      }
    }
    try {
      Long.parseLong(text);
      return true;
    } catch (NumberFormatException e) {
      return false; // more than 64 bits
    }
  }
}
