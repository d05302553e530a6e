package io.gpuscaling.adapter.api.selector;

/** A selector's text breaks the grammar; never leaves this package. */
final class SyntaxError extends Exception {

  private static final int SHOWN_CHARACTERS = 80;

  SyntaxError(String message) {
    super(message, null, false, false);
  }

  static SyntaxError expected(SelectorLexer.Token found, String expected) {
    return new SyntaxError("found '" + shown(found.text()) + "', expected: " + expected);
  }

  /** Text of the caller, short enough for a message. */
  static String shown(String text) {
    return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "...";
  }
}
