package io.gpuscaling.adapter.metrics;

import io.gpuscaling.adapter.api.GroupResource;
import java.util.Arrays;
import java.util.Optional;

/** Kinds of objects that pods belong to and that a metric can be about. */
public enum WorkloadKind {
  /** A Deployment of group apps. */
  DEPLOYMENT("apps", "deployments", "apps/v1", "Deployment"),
  /** A StatefulSet of group apps. */
  STATEFUL_SET("apps", "statefulsets", "apps/v1", "StatefulSet"),
  /** A Service; its pods are those that its selector picks. */
  SERVICE("", "services", "v1", "Service");

  private final String group;
  private final String resource;
  private final String apiVersion;
  private final String kind;

  WorkloadKind(String group, String resource, String apiVersion, String kind) {
    this.group = group;
    this.resource = resource;
    this.apiVersion = apiVersion;
    this.kind = kind;
  }

  /** The resource in paths. */
  public GroupResource resource() {
    return new GroupResource(group, resource);
  }

  /** As in objects. */
  public String apiVersion() {
    return apiVersion;
  }

  /** As in objects. */
  public String kind() {
    return kind;
  }

  /** The kind by which objects name it. */
  public static Optional<WorkloadKind> of(String apiVersion, String kind) {
    return Arrays.stream(values())
        .filter(it -> it.apiVersion.equals(apiVersion) && it.kind.equals(kind))
        .findFirst();
  }

  /** The kind of a resource. */
  public static Optional<WorkloadKind> of(GroupResource resource) {
    return Arrays.stream(values()).filter(kind -> kind.resource().equals(resource)).findFirst();
  }
}
