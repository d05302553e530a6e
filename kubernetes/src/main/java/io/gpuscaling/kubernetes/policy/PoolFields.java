package io.gpuscaling.kubernetes.policy;

import static io.gpuscaling.kubernetes.resource.Field.optional;
import static io.gpuscaling.kubernetes.resource.Field.required;
import static io.gpuscaling.kubernetes.resource.Field.withDefault;

import io.gpuscaling.kubernetes.resource.Entries;
import io.gpuscaling.kubernetes.resource.Items;
import io.gpuscaling.kubernetes.resource.Structure;
import io.gpuscaling.kubernetes.resource.Text;
import io.gpuscaling.kubernetes.resource.Truth;
import io.gpuscaling.kubernetes.resource.Whole;
import java.util.List;

/** The fields of {@code spec} of a {@code GpuPool} and of a {@code ScalingProfile}. */
final class PoolFields {

  /** The most GPUs of a pool. */
  static final int MAX_GPUS = 1_000_000;

  private static final int MAX_NAMESPACES = 256;
  private static final int MAX_RESOURCES = 16;
  private static final int MAX_LABELS = 16;
  private static final int MAX_LABEL_CHARS = 63;

  private PoolFields() {}

  static Structure pool() {
    return Structure.of(
        optional(
            "gpuLimit",
            new Whole(0, MAX_GPUS),
            "gpu_count_total: the most GPUs, a hard cap. Without it the nodes alone bound the"
                + " pool."),
        optional(
            "nodeSelector",
            Structure.of(
                required(
                    "matchLabels",
                    new Entries(MAX_LABELS, MAX_LABEL_CHARS),
                    "Labels that the nodes must have.")),
            "Which nodes the pool consists of; all with such GPUs when left out."),
        withDefault(
            "resources",
            Items.of(
                Text.matching(
                    253,
                    "^[a-z0-9][-a-z0-9.]*/[A-Za-z0-9][-A-Za-z0-9_.]*$",
                    "an extended resource, such as nvidia.com/gpu"),
                1,
                MAX_RESOURCES),
            List.of("nvidia.com/gpu"),
            "Extended resources that count, one GPU each."),
        required(
            "namespaces",
            Items.keyed(
                Structure.of(
                    required(
                        "name",
                        Text.matching(
                            63,
                            "^([*]|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$",
                            "the name of a namespace, or * for all"),
                        "A namespace whose policies may use the pool, or * for all."),
                    withDefault(
                        "highestClass",
                        Text.oneOf("critical", "normal", "background"),
                        "normal",
                        "A policy there counts as this class at most.")),
                1,
                MAX_NAMESPACES,
                "name"),
            "Who may use the pool."));
  }

  static Structure profile() {
    return Structure.of(
        withDefault(
            "scalingEnabled",
            new Truth(),
            true,
            "Otherwise policies compute and show, but keep the replicas."),
        withDefault(
            "aggressiveness",
            Text.oneOf("Moderate", "Conservative"),
            "Moderate",
            "Moderate: as the policy is written. Conservative: N, M and cooldowns doubled, steps"
                + " halved, at least 1."),
        withDefault(
            "costPriority",
            Text.oneOf("Balanced", "CostOptimized"),
            "Balanced",
            "Balanced: as the policy is written. CostOptimized: the scale-down cooldown halved."));
  }
}
