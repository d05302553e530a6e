package io.gpuscaling.adapter.api.request;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The query of a request, decoded. Of a parameter that comes several times the first counts, as it
 * does for the authorization of the Kubernetes API.
 */
final class QueryParameters {

  /** Most parameters of one request. */
  static final int MAX_PARAMETERS = 64;

  static final QueryParameters NONE = new QueryParameters(Map.of());

  private final Map<String, String> first;

  private QueryParameters(Map<String, String> first) {
    this.first = first;
  }

  /**
   * Reads a query without its question mark.
   *
   * @throws MalformedTarget for broken escapes, a bare semicolon or too many parameters: leaving a
   *     broken selector out would widen the answer
   */
  static QueryParameters parse(String query) throws MalformedTarget {
    if (query.isEmpty()) {
      return NONE;
    }
    if (query.indexOf(';') >= 0) {
      throw new MalformedTarget(
          "';' is no separator in a query: use '&', and escape it in a value");
    }
    var first = new HashMap<String, String>();
    String[] pairs = query.split("&", MAX_PARAMETERS + 1);
    if (pairs.length > MAX_PARAMETERS) {
      throw new MalformedTarget("more than " + MAX_PARAMETERS + " query parameters");
    }
    for (String pair : pairs) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        first.putIfAbsent(PercentDecoder.decodeQuery(name), PercentDecoder.decodeQuery(value));
      }
    }
    return new QueryParameters(first);
  }

  Optional<String> get(String name) {
    return Optional.ofNullable(first.get(name));
  }

  String getOrEmpty(String name) {
    return first.getOrDefault(name, "");
  }

  /** A flag as Kubernetes reads it: there, and neither {@code false} nor {@code 0}. */
  boolean isSet(String name) {
    String value = first.get(name);
    return value != null && !value.equalsIgnoreCase("false") && !value.equals("0");
  }
}
