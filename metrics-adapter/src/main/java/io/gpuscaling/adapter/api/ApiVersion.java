package io.gpuscaling.adapter.api;

import java.util.Arrays;
import java.util.Optional;

/** The versions of the APIs that are served. */
public enum ApiVersion {
  /** Custom metrics, the version that HPAs prefer. */
  CUSTOM_V1BETA2("custom.metrics.k8s.io", "v1beta2"),
  /** Custom metrics, the older version. */
  CUSTOM_V1BETA1("custom.metrics.k8s.io", "v1beta1"),
  /** External metrics. */
  EXTERNAL_V1BETA1("external.metrics.k8s.io", "v1beta1"),
  /** What can be asked about a scaling policy. */
  SUBRESOURCES_V1ALPHA1("subresources.gpuscaling.io", "v1alpha1");

  private final String group;
  private final String version;

  ApiVersion(String group, String version) {
    this.group = group;
    this.version = version;
  }

  /** The API group. */
  public String group() {
    return group;
  }

  /** The version alone. */
  public String version() {
    return version;
  }

  /** {@code group/version}. */
  public String groupVersion() {
    return group + "/" + version;
  }

  /** The name of the APIService: {@code v1beta1.external.metrics.k8s.io}. */
  public String apiServiceName() {
    return version + "." + group;
  }

  /** The version of a group, if it is served. */
  public static Optional<ApiVersion> of(String group, String version) {
    return Arrays.stream(values())
        .filter(v -> v.group.equals(group) && v.version.equals(version))
        .findFirst();
  }

  /** Whether any version of a group is served. */
  public static boolean isServed(String group) {
    return Arrays.stream(values()).anyMatch(v -> v.group.equals(group));
  }
}
