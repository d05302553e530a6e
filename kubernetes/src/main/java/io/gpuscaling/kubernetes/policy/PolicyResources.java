package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.CustomResource;
import io.gpuscaling.kubernetes.resource.CustomResource.Column;
import io.gpuscaling.kubernetes.resource.CustomResource.Names;
import io.gpuscaling.kubernetes.resource.CustomResource.Scope;
import io.gpuscaling.kubernetes.resource.Structure;
import java.util.List;

/** The kinds of {@code gpuscaling.io}. */
public final class PolicyResources {

  /** The group of the API. */
  public static final String GROUP = "gpuscaling.io";

  /** Its version. */
  public static final String VERSION = "v1alpha1";

  private static final Column READY =
      new Column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status");
  private static final Column AGE = new Column("Age", "date", ".metadata.creationTimestamp");

  /** How one workload is scaled. */
  public static final CustomResource SCALING_POLICY =
      new CustomResource(
          GROUP,
          VERSION,
          new Names("ScalingPolicy", "scalingpolicies", "scalingpolicy", List.of("sp")),
          Scope.NAMESPACED,
          "Scales one workload by rules with two thresholds, M of N data points, steps, cooldowns,"
              + " rate limits and schedules. An HPA follows what it decides.",
          PolicyFields.spec(),
          StatusFields.policyStatus(),
          List.of(
              READY,
              new Column("Desired", "integer", ".status.desiredReplicas"),
              new Column("Current", "integer", ".status.currentReplicas"),
              new Column("State", "string", ".status.state"),
              AGE));

  /** GPUs that several policies share. */
  public static final CustomResource GPU_POOL =
      new CustomResource(
          GROUP,
          VERSION,
          new Names("GpuPool", "gpupools", "gpupool", List.of("gp")),
          Scope.CLUSTER,
          "GPUs that several policies share: a hard quota, and who may use it up to which class.",
          PoolFields.pool(),
          StatusFields.poolStatus(),
          List.of(
              READY,
              new Column("Size", "integer", ".status.size"),
              new Column("Used", "integer", ".status.used"),
              AGE));

  /** How cautiously an environment scales. */
  public static final CustomResource SCALING_PROFILE =
      new CustomResource(
          GROUP,
          VERSION,
          new Names("ScalingProfile", "scalingprofiles", "scalingprofile", List.of("spr")),
          Scope.CLUSTER,
          "How cautiously an environment scales; changes the policies that name it.",
          PoolFields.profile(),
          Structure.of(),
          List.of(
              new Column("Scaling", "boolean", ".spec.scalingEnabled"),
              new Column("Aggressiveness", "string", ".spec.aggressiveness"),
              new Column("Cost", "string", ".spec.costPriority"),
              AGE));

  private PolicyResources() {}

  /** All of them. */
  public static List<CustomResource> all() {
    return List.of(SCALING_POLICY, GPU_POOL, SCALING_PROFILE);
  }
}
