package io.gpuscaling.adapter.api.request;

import io.gpuscaling.adapter.api.GroupResource;
import java.util.HashMap;
import java.util.Map;

/**
 * The kinds of objects that are known without asking a cluster: singular and group may be left out
 * or used for these, as the reference library allows through its REST mapper.
 */
enum KnownResource {
  PODS("pod", "pods", "", true),
  SERVICES("service", "services", "", true),
  NAMESPACES("namespace", "namespaces", "", false),
  NODES("node", "nodes", "", false),
  PERSISTENT_VOLUMES("persistentvolume", "persistentvolumes", "", false),
  PERSISTENT_VOLUME_CLAIMS("persistentvolumeclaim", "persistentvolumeclaims", "", true),
  REPLICATION_CONTROLLERS("replicationcontroller", "replicationcontrollers", "", true),
  DEPLOYMENTS("deployment", "deployments", "apps", true),
  STATEFUL_SETS("statefulset", "statefulsets", "apps", true),
  DAEMON_SETS("daemonset", "daemonsets", "apps", true),
  REPLICA_SETS("replicaset", "replicasets", "apps", true),
  JOBS("job", "jobs", "batch", true),
  CRON_JOBS("cronjob", "cronjobs", "batch", true),
  INGRESSES("ingress", "ingresses", "networking.k8s.io", true),
  AUTOSCALERS("horizontalpodautoscaler", "horizontalpodautoscalers", "autoscaling", true);

  private static final Map<String, KnownResource> BY_TEXT = byText();

  private final String singular;
  private final GroupResource resource;
  private final boolean namespaced;

  KnownResource(String singular, String plural, String group, boolean namespaced) {
    this.singular = singular;
    this.resource = new GroupResource(group, plural);
    this.namespaced = namespaced;
  }

  /** The kind that a path segment names: {@code pods}, {@code pod}, {@code deployments.apps}. */
  static GroupResource resource(String segment) {
    KnownResource known = BY_TEXT.get(segment);
    if (known != null) {
      return known.resource;
    }
    int dot = segment.indexOf('.');
    return dot < 0
        ? new GroupResource("", segment)
        : new GroupResource(segment.substring(dot + 1), segment.substring(0, dot));
  }

  /** Whether objects of a kind surely live in namespaces. */
  static boolean isNamespaced(GroupResource resource) {
    KnownResource known = BY_TEXT.get(resource.toString());
    return known != null && known.namespaced;
  }

  /** Whether objects of a kind surely live in no namespace. */
  static boolean isClusterScoped(GroupResource resource) {
    KnownResource known = BY_TEXT.get(resource.toString());
    return known != null && !known.namespaced;
  }

  private static Map<String, KnownResource> byText() {
    var map = new HashMap<String, KnownResource>();
    for (KnownResource known : values()) {
      String group = known.resource.group();
      for (String name : new String[] {known.singular, known.resource.resource()}) {
        map.put(name, known);
        map.put(new GroupResource(group, name).toString(), known);
      }
    }
    return Map.copyOf(map);
  }
}
