package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.auth.RequestHeaders;
import io.gpuscaling.adapter.auth.TokenMemo;

/**
 * A request without its body, which means nothing here.
 *
 * @param method the HTTP method
 * @param target path and query as they came
 * @param peer who opened the connection, {@code 10.0.0.1}; empty when nobody knows
 * @param tokens what is remembered of the tokens of the connection
 */
record RequestHead(
    String method, String target, RequestHeaders headers, String peer, TokenMemo tokens) {

  /** Of a peer that nobody knows. */
  RequestHead(String method, String target, RequestHeaders headers) {
    this(method, target, headers, "", new TokenMemo());
  }

  /** The first value of a header, or the empty text. */
  String header(String name) {
    var values = headers.values(name);
    return values.isEmpty() ? "" : values.getFirst();
  }

  /** All lines of a header that is a list. */
  String listHeader(String name) {
    return String.join(",", headers.values(name));
  }

  /** Without headers and query: they can carry secrets. */
  @Override
  public String toString() {
    int question = target.indexOf('?');
    return method + " " + (question < 0 ? target : target.substring(0, question));
  }
}
