package io.gpuscaling.adapter.policy;

import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.policy.ScalingPolicyReader;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.ScaleTarget;
import java.util.Map;
import java.util.Optional;

/**
 * A policy as it stands in the cluster, or in a file.
 *
 * @param metadata of the object
 * @param read what it says, or what is wrong with it
 * @param status what was written about it
 * @param target what it names as its target, whatever else is wrong with it
 */
public record PolicyObject(
    ObjectMeta metadata,
    Read<ScalingPolicy> read,
    RecordedStatus status,
    Optional<ScaleTarget> target) {

  private static final String APPS = "apps/v1";

  /** One as a tree, with its target as far as that can be made out. */
  public static PolicyObject of(
      ObjectMeta metadata, Map<String, Object> tree, RecordedStatus status) {
    Read<ScalingPolicy> read = ScalingPolicyReader.read(tree);
    return new PolicyObject(metadata, read, status, target(tree));
  }

  private static Optional<ScaleTarget> target(Map<String, Object> tree) {
    return tree.get("spec") instanceof Map<?, ?> spec
            && spec.get("scaleTargetRef") instanceof Map<?, ?> target
            && target.get("kind") instanceof String kind
            && target.get("name") instanceof String name
        ? Optional.of(
            new ScaleTarget(
                target.get("apiVersion") instanceof String version ? version : APPS, kind, name))
        : Optional.empty();
  }

  /** Its name. */
  public PolicyName name() {
    return new PolicyName(metadata.namespace(), metadata.name());
  }

  /** Whether this is an earlier version of another. Versions of one object are counted up. */
  boolean isOlderThan(PolicyObject other) {
    return version() < other.version();
  }

  private long version() {
    try {
      return Long.parseLong(metadata.resourceVersion());
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE; // what cannot be compared counts as news
    }
  }

  /** With another status and version; for stores without an API server. */
  public PolicyObject with(RecordedStatus newStatus, String resourceVersion) {
    return new PolicyObject(
        new ObjectMeta(
            metadata.namespace(),
            metadata.name(),
            metadata.uid(),
            metadata.generation(),
            resourceVersion,
            metadata.createdAt(),
            metadata.annotations()),
        read,
        newStatus,
        target);
  }
}
