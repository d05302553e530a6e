package io.gpuscaling.adapter.config;

import io.gpuscaling.core.config.KeyGroup;
import io.gpuscaling.core.config.ScalarKey;
import io.gpuscaling.core.config.ScalarType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What can be set of scaling policies. */
final class PolicyKeys {

  static final ScalarKey<Boolean> ENABLED =
      ScalarKey.withDefault(
          "policies.enabled",
          ScalarType.bool(),
          true,
          "Whether ScalingPolicies of the cluster are watched, evaluated and served.");

  static final ScalarKey<String> LEASE =
      ScalarKey.withDefault(
          "policies.lease",
          ScalarType.text("NAME"),
          "metrics-adapter-policies",
          "Lease in service.namespace by which the replicas agree on who decides.");

  static final ScalarKey<Duration> LEASE_DURATION =
      ScalarKey.withDefault(
          "policies.leaseDuration",
          ScalarType.duration(Duration.ofSeconds(2), Duration.ofMinutes(2)),
          Duration.ofSeconds(15),
          "After which a silent leader is replaced; after twice as long without one nothing is served.");

  static final ScalarKey<Boolean> DELETION_COSTS =
      ScalarKey.withDefault(
          "policies.deletionCosts",
          ScalarType.bool(),
          false,
          "Whether idle pods of a Deployment get a lower deletion cost before replicas are removed; needs the right to patch pods.");

  static final ScalarKey<Boolean> AUTOSCALERS =
      ScalarKey.withDefault(
          "policies.autoscalers",
          ScalarType.bool(),
          false,
          "Whether HorizontalPodAutoscalers are created, taken over from owners who mark them, and kept for policies with spec.writeAutoscaler; needs the right to create and patch them.");

  static final ScalarKey<Optional<Path>> FOLDER =
      ScalarKey.optional(
              "policies.folder",
              ScalarType.filePath(),
              "Standalone only: folder of manifests in the place of a cluster: policies, their targets with replicas, pods, PodMetrics; the status of policies is written below it.")
          .flag("--policies");

  static final KeyGroup GROUP =
      new KeyGroup(
          "Scaling policies",
          List.of(ENABLED, LEASE, LEASE_DURATION, DELETION_COSTS, AUTOSCALERS, FOLDER));

  private PolicyKeys() {}
}
