package io.gpuscaling.core.http;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;

/**
 * What a route is told of a request.
 *
 * @param path as sent, without the query
 * @param query as sent, without the question mark; empty when there is none
 * @param accept the header, empty when there is none
 * @param acceptEncoding the header, empty when there is none
 * @param authorization the header, empty when there is none; a secret
 * @param body read-only; empty but for a {@link Route.Posted}
 */
public record EndpointRequest(
    String path,
    String query,
    String accept,
    String acceptEncoding,
    String authorization,
    ByteBuffer body) {

  /** A request without a body that does not say whose it is. */
  public EndpointRequest(String path, String query, String accept, String acceptEncoding) {
    this(path, query, accept, acceptEncoding, "", ByteBuffer.allocate(0));
  }

  /** Without the secret, and without what the client sent. */
  @Override
  public String toString() {
    return "EndpointRequest[" + path + "]";
  }

  /** A copy of the body. */
  public byte[] bodyBytes() {
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    return bytes;
  }

  /** Whether the query has this name, with or without a value. */
  public boolean hasParameter(String name) {
    return Arrays.stream(query.split("&"))
        .anyMatch(part -> part.equals(name) || part.startsWith(name + "="));
  }

  /** Whether the client reads gzip: it is named, and not refused by a quality of zero. */
  public boolean acceptsGzip() {
    return Arrays.stream(acceptEncoding.toLowerCase(Locale.ROOT).split(","))
        .map(String::strip)
        .anyMatch(
            coding -> coding.matches("gzip(\\s*;.*)?") && !coding.matches(".*;\\s*q=0(\\.0*)?"));
  }
}
