package io.gpuscaling.adapter.api.request;

import java.util.List;
import java.util.Set;

/**
 * Which of the formats that there are a caller wants, by its headers.
 *
 * @param json whether plain JSON will do
 * @param aggregatedDiscovery whether discovery is wanted, and best, in its aggregated form
 * @param pretty whether JSON should be indented, unless the query says otherwise
 */
public record Negotiation(boolean json, boolean aggregatedDiscovery, boolean pretty) {

  private static final String DISCOVERY_GROUP = "apidiscovery.k8s.io";
  private static final String DISCOVERY_KIND = "APIGroupDiscoveryList";
  private static final List<String> PEOPLE = List.of("curl", "Wget", "Mozilla/5.0");
  private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");

  /**
   * Reads the headers.
   *
   * @param accept the Accept header, empty when absent
   * @param userAgent the User-Agent header, empty when absent
   */
  public static Negotiation of(String accept, String userAgent) {
    boolean json = false;
    boolean aggregated = false;
    boolean pretty = PEOPLE.stream().anyMatch(userAgent::startsWith);
    for (MediaRange range : MediaRange.parse(accept)) {
      if (range.takesJson()) {
        pretty |= isTrue(range.parameters().getOrDefault("pretty", ""));
        aggregated |= !json && range.asks(DISCOVERY_GROUP, "v2", DISCOVERY_KIND);
        json |= !range.isTransformed();
      }
    }
    return new Negotiation(json, aggregated, pretty);
  }

  /** What Kubernetes takes for true in a parameter that is a claim. */
  static boolean isTrue(String text) {
    return TRUE.contains(text);
  }
}
