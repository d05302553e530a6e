package io.gpuscaling.adapter.api.selector;

/** Cuts a selector into tokens, one of look-ahead. For use by one thread. */
final class SelectorLexer {

  /** What a token is. The words {@code in} and {@code notin} mean something by their place only. */
  enum Kind {
    WORD,
    NOT,
    EQUAL,
    NOT_EQUAL,
    GREATER,
    LESS,
    COMMA,
    OPEN,
    CLOSE,
    END
  }

  /** A piece of the text. */
  record Token(Kind kind, String text) {}

  private final String text;
  private int position;
  private Token ahead;

  SelectorLexer(String text) {
    this.text = text;
    this.ahead = scan();
  }

  Token peek() {
    return ahead;
  }

  Token next() {
    Token token = ahead;
    ahead = scan();
    return token;
  }

  private Token scan() {
    while (position < text.length() && isSpace(text.charAt(position))) {
      position++;
    }
    if (position == text.length()) {
      return new Token(Kind.END, "");
    }
    int start = position++;
    Kind kind =
        switch (text.charAt(start)) {
          case '=' -> take('=', Kind.EQUAL, Kind.EQUAL);
          case '!' -> take('=', Kind.NOT_EQUAL, Kind.NOT);
          case '>' -> Kind.GREATER;
          case '<' -> Kind.LESS;
          case ',' -> Kind.COMMA;
          case '(' -> Kind.OPEN;
          case ')' -> Kind.CLOSE;
          default -> word();
        };
    return new Token(kind, text.substring(start, position));
  }

  private Kind take(char second, Kind with, Kind without) {
    if (position < text.length() && text.charAt(position) == second) {
      position++;
      return with;
    }
    return without;
  }

  private Kind word() {
    while (position < text.length()
        && !isSpace(text.charAt(position))
        && "=!><,()".indexOf(text.charAt(position)) < 0) {
      position++;
    }
    return Kind.WORD;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }
}
