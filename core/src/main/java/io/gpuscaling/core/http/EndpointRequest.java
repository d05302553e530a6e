package io.gpuscaling.core.http;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a route is told of a request.
 *
 * @param path as sent, without the query
 * @param query as sent, without the question mark; empty when there is none
 * @param accept the header, empty when there is none
 * @param acceptEncoding the header, empty when there is none
 */
public record EndpointRequest(String path, String query, String accept, String acceptEncoding) {

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
