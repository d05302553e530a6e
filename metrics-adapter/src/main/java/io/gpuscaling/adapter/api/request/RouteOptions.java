package io.gpuscaling.adapter.api.request;

/**
 * Which optional forms of requests are served.
 *
 * @param servesNodesInNamespaces whether {@code /namespaces/NS/nodes/NAME/METRIC} is served, as the
 *     HPA asks for a metric of a Node. Off by default: whoever may read metrics in one namespace
 *     may then read those of nodes, as far as they are granted to it
 */
public record RouteOptions(boolean servesNodesInNamespaces) {

  /** What is served unless configuration says otherwise. */
  public static final RouteOptions DEFAULT = new RouteOptions(false);
}
