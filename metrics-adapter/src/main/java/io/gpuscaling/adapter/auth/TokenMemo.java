package io.gpuscaling.adapter.auth;

import java.util.function.UnaryOperator;

/**
 * Remembers, for one connection, the token that came last and its hash: a client shows the same one
 * with each request, and to hash it each time was a tenth of a request. The token is kept as long
 * as its connection, in whose HTTP/2 header table it is anyway. For the connection's event loop.
 */
public final class TokenMemo {

  private String token = "";
  private String hash = "";

  /** The hash of a token, made anew only when another one came before. */
  String hash(String shown, UnaryOperator<String> hasher) {
    if (!shown.equals(token)) {
      hash = hasher.apply(shown);
      token = shown;
    }
    return hash;
  }

  /** Nothing: it holds a token. */
  @Override
  public String toString() {
    return "TokenMemo";
  }
}
