package io.gpuscaling.adapter.prometheus;

import java.util.Set;

/**
 * A PromQL text with a name, and who may use its result.
 *
 * @param name by which policies refer to it
 * @param promql an instant query that comes to one number
 * @param namespaces of the policies; {@code *} for all
 */
public record GrantedQuery(String name, String promql, Set<String> namespaces) {

  /** Stands for every namespace. */
  public static final String ANY_NAMESPACE = "*";

  /** Copies. */
  public GrantedQuery {
    namespaces = Set.copyOf(namespaces);
  }

  boolean isGranted(String namespace) {
    return namespaces.contains(ANY_NAMESPACE) || namespaces.contains(namespace);
  }
}
