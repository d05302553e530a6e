package io.gpuscaling.adapter.apiserver;

import io.gpuscaling.adapter.auth.RequestHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Set;

/** The headers of a request as Netty read them. */
record NettyHeaders(HttpHeaders headers) implements RequestHeaders {

  @Override
  public List<String> values(String name) {
    return headers.getAll(name);
  }

  @Override
  public Set<String> names() {
    return headers.names();
  }

  /** Nothing: headers carry tokens. */
  @Override
  public String toString() {
    return "headers";
  }
}
