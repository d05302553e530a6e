package io.gpuscaling.adapter.policy;

import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.resource.ObjectMeta;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.PolicyName;

/**
 * A policy as it stands in the cluster, or in a file.
 *
 * @param metadata of the object
 * @param read what it says, or what is wrong with it
 * @param status what was written about it
 */
public record PolicyObject(ObjectMeta metadata, Read<ScalingPolicy> read, RecordedStatus status) {

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
        newStatus);
  }
}
