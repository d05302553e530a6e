package io.gpuscaling.adapter.api;

import com.google.errorprone.annotations.Immutable;

/**
 * A kind of Kubernetes objects by its resource name.
 *
 * @param group the API group; empty for the core group
 * @param resource the plural resource name in lower case: {@code pods}, {@code deployments}
 */
@Immutable
public record GroupResource(String group, String resource) {

  /** As in paths and messages: {@code pods}, {@code deployments.apps}. */
  @Override
  public String toString() {
    return group.isEmpty() ? resource : resource + "." + group;
  }
}
