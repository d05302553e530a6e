package io.gpuscaling.cli.doctor;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** What this cluster's HPAs can do, by a dry run of one. */
final class HpaFeatureChecks {

  private HpaFeatureChecks() {}

  static Finding tolerance(Facts facts) {
    CheckId check = CheckId.HPA_TOLERANCE;
    Optional<Finding> gap = facts.gap(check, Question.TOLERANCE_PROBE);
    if (gap.isPresent()) {
      return gap.get();
    }
    JsonNode probe = facts.object(Question.TOLERANCE_PROBE);
    boolean isKept =
        probe.at("/spec/behavior/scaleUp").has("tolerance")
            && probe.at("/spec/behavior/scaleDown").has("tolerance");
    return isKept
        ? Finding.ok(check, "an HPA keeps behavior.tolerance: decisions take effect exactly")
        : Finding.warning(
            check,
            "an HPA loses behavior.tolerance: a decision within 10 % of the replicas has no effect",
            "Kubernetes 1.35 or newer, or the feature gate HPAConfigurableTolerance");
  }

  static Finding scaleToZero(Facts facts, Policies policies) {
    CheckId check = CheckId.HPA_SCALE_TO_ZERO;
    if (!(facts.answer(Question.ZERO_PROBE) instanceof Fact.Refused(String message))) {
      Optional<Finding> gap = facts.gap(check, Question.ZERO_PROBE);
      if (gap.isPresent()) {
        return gap.get();
      }
      return facts.object(Question.ZERO_PROBE).at("/spec/minReplicas").asInt(1) == 0
          ? Finding.ok(check, "an HPA may have minReplicas 0")
          : missing(policies, "the API server raises minReplicas 0 of an HPA");
    }
    return message.contains("minReplicas")
        ? missing(policies, "an HPA may not have minReplicas 0")
        : Finding.unknown(
            check, "the dry run of an HPA was refused: " + message, "see who refuses HPAs here");
  }

  private static Finding missing(Policies policies, String reason) {
    String fix = "Kubernetes 1.37 or newer, or the feature gate HPAScaleToZero; else minReplicas 1";
    List<String> wanting =
        policies.understood().stream()
            .filter(it -> Policies.bounds(it).minReplicas() == 0)
            .map(Policies::place)
            .toList();
    return wanting.isEmpty()
        ? Finding.ok(CheckId.HPA_SCALE_TO_ZERO, reason + ", and no policy goes to 0")
        : Finding.fault(
            CheckId.HPA_SCALE_TO_ZERO,
            reason
                + ", but these policies go to 0: "
                + wanting.stream().sorted().collect(Collectors.joining(", ")),
            fix);
  }
}
