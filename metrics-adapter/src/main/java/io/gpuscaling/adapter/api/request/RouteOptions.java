package io.gpuscaling.adapter.api.request;

import io.gpuscaling.adapter.api.ApiVersion;
import java.util.Set;

/**
 * Which optional forms of requests are served.
 *
 * @param servesNodesInNamespaces whether {@code /namespaces/NS/nodes/NAME/METRIC} is served, as the
 *     HPA asks for a metric of a Node. Off by default: whoever may read metrics in one namespace
 *     may then read those of nodes, as far as they are granted to it
 * @param versions which versions of the APIs are served; the others do not exist here
 */
public record RouteOptions(boolean servesNodesInNamespaces, Set<ApiVersion> versions) {

  /** What is served unless configuration says otherwise. */
  public static final RouteOptions DEFAULT = new RouteOptions(false);

  /** Copies the set. */
  public RouteOptions {
    versions = Set.copyOf(versions);
  }

  /** All versions. */
  public RouteOptions(boolean servesNodesInNamespaces) {
    this(servesNodesInNamespaces, Set.of(ApiVersion.values()));
  }

  /** Whether any version of a group is served. */
  boolean isServed(String group) {
    return versions.stream().anyMatch(version -> version.group().equals(group));
  }
}
