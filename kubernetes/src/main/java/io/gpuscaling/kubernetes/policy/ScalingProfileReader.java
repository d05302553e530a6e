package io.gpuscaling.kubernetes.policy;

import io.gpuscaling.kubernetes.resource.CustomResource;
import io.gpuscaling.kubernetes.resource.Problems;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.resource.Values;
import io.gpuscaling.policy.spec.Profile;
import io.gpuscaling.policy.spec.Profile.Aggressiveness;
import io.gpuscaling.policy.spec.Profile.CostPriority;
import java.util.Map;
import java.util.Optional;

/** Reads a {@code ScalingProfile}. */
public final class ScalingProfileReader {

  private ScalingProfileReader() {}

  /** Understands an object. */
  public static Read<Profile> read(Map<String, ?> object) {
    Problems problems = new Problems();
    Optional<CustomResource.Parsed> parsed = PolicyResources.SCALING_PROFILE.read(object, problems);
    if (!problems.isEmpty() || parsed.isEmpty()) {
      return new Read.Invalid<>(problems.list());
    }
    Values spec = parsed.get().spec();
    return new Read.Valid<>(
        new Profile(
            parsed.get().metadata().name(),
            spec.truth("scalingEnabled"),
            spec.text("aggressiveness").orElseThrow().equals("Conservative")
                ? Aggressiveness.CONSERVATIVE
                : Aggressiveness.MODERATE,
            spec.text("costPriority").orElseThrow().equals("CostOptimized")
                ? CostPriority.COST_OPTIMIZED
                : CostPriority.BALANCED));
  }
}
