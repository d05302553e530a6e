package io.gpuscaling.cli.doctor;

import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.policy.spec.Bounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** What scales what. */
final class TargetChecks {

  private static final String DECISION = "scaling_policy_desired_replicas";
  private static final String SCALED_OBJECT = "ScaledObject";

  private TargetChecks() {}

  static List<Finding> followed(Facts facts, Policies policies) {
    CheckId check = CheckId.TARGET_FOLLOWED;
    Optional<Finding> gap = facts.gap(check, Question.POLICIES, Question.HPAS);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    List<Finding> findings = new ArrayList<>();
    List<ScalingPolicy> steering =
        policies.understood().stream().filter(it -> !it.policy().isShadow()).toList();
    for (ScalingPolicy policy : steering) {
      List<JsonNode> hpas =
          facts.items(Question.HPAS).stream()
              .filter(it -> target(it).equals(target(policy)))
              .toList();
      if (hpas.isEmpty()) {
        findings.add(
            Finding.fault(
                check,
                "no HPA carries out what policy " + Policies.place(policy) + " decides",
                "gpuscaling generate POLICY.yaml | kubectl apply -f -"));
      }
      hpas.forEach(it -> follows(policy, it, findings));
    }
    return findings.isEmpty()
        ? List.of(Finding.ok(check, steering.size() + " policies that steer have their HPA"))
        : findings;
  }

  private static void follows(ScalingPolicy policy, JsonNode hpa, List<Finding> findings) {
    CheckId check = CheckId.TARGET_FOLLOWED;
    String name = "HPA " + KubeObject.place(hpa);
    if (!readsDecision(hpa)) {
      findings.add(
          Finding.fault(
              check,
              name
                  + " scales the target of policy "
                  + Policies.place(policy)
                  + " and does not read "
                  + DECISION,
              "replace it by what gpuscaling generate prints"));
      return;
    }
    Bounds bounds = Policies.bounds(policy);
    int min = hpa.at("/spec/minReplicas").asInt(1);
    int max = hpa.at("/spec/maxReplicas").asInt(0);
    if (min > bounds.minReplicas() || max < bounds.maxReplicas()) {
      findings.add(
          Finding.warning(
              check,
              name
                  + " allows "
                  + min
                  + " to "
                  + max
                  + " replicas, policy "
                  + Policies.place(policy)
                  + " decides "
                  + bounds.minReplicas()
                  + " to "
                  + bounds.maxReplicas(),
              "replace it by what gpuscaling generate prints; if it is frozen, unfreeze it"));
    }
    KubeObject.condition(hpa, "ScalingActive")
        .filter(it -> it.path("status").asString("").equals("False"))
        .filter(it -> !it.path("reason").asString("").equals("ScalingDisabled"))
        .ifPresent(it ->
            findings.add(
                Finding.fault(
                    check,
                    name + " gets no number: " + it.path("message").asString(""),
                    "see policies-ready, api-available and hpa-rights")));
  }

  private static boolean readsDecision(JsonNode hpa) {
    for (JsonNode metric : hpa.at("/spec/metrics")) {
      if (metric.at("/object/metric/name").asString("").equals(DECISION)
          || metric.at("/external/metric/name").asString("").equals(DECISION)) {
        return true;
      }
    }
    return false;
  }

  static List<Finding> autoscalers(Facts facts, Policies policies) {
    CheckId check = CheckId.TARGET_AUTOSCALERS;
    Optional<Finding> gap =
        facts.gap(check, Question.HPAS, Question.SCALED_OBJECTS, Question.POLICIES);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    Map<String, List<String>> scalers = new TreeMap<>();
    facts.items(Question.HPAS).stream()
        .filter(it -> !isOfScaledObject(it))
        .forEach(it -> add(scalers, target(it), "HPA " + KubeObject.name(it)));
    facts
        .items(Question.SCALED_OBJECTS)
        .forEach(it -> add(scalers, target(it), SCALED_OBJECT + " " + KubeObject.name(it)));
    Map<String, List<String>> owners = new TreeMap<>();
    policies.understood().stream()
        .filter(it -> !it.policy().isShadow())
        .forEach(it -> add(owners, target(it), "policy " + it.policy().name().name()));
    List<Finding> findings = new ArrayList<>();
    scalers.forEach((target, names) -> {
      List<String> all = new ArrayList<>(names);
      if (names.getFirst().startsWith(SCALED_OBJECT)) {
        all.addAll(owners.getOrDefault(target, List.of())); // It writes replicas as policies do.
      }
      if (all.size() > 1) {
        findings.add(
            Finding.fault(
                check,
                target + " is scaled by " + String.join(" and ", all),
                "keep one: two undo each other, and of two HPAs the controller uses none"));
      }
    });
    owners.forEach((target, names) -> {
      if (names.size() > 1) {
        findings.add(
            Finding.fault(
                check,
                target + " is the target of " + String.join(" and ", names),
                "the oldest steers; remove the others or set mode: Shadow"));
      }
    });
    return findings.isEmpty()
        ? List.of(Finding.ok(check, "each of " + scalers.size() + " targets has one autoscaler"))
        : findings;
  }

  static List<Finding> stranded(Facts facts) {
    CheckId check = CheckId.TARGET_STRANDED;
    Optional<Finding> gap =
        facts.gap(check, Question.HPAS, Question.DEPLOYMENTS, Question.STATEFUL_SETS);
    if (gap.isPresent()) {
      return List.of(gap.get());
    }
    List<Finding> findings = new ArrayList<>();
    for (JsonNode hpa : facts.items(Question.HPAS)) {
      int min = hpa.at("/spec/minReplicas").asInt(1);
      Question kind =
          hpa.at("/spec/scaleTargetRef/kind").asString("").equals("StatefulSet")
              ? Question.STATEFUL_SETS
              : Question.DEPLOYMENTS;
      boolean isAtZero =
          facts.items(kind).stream()
              .filter(it -> KubeObject.place(it).equals(targetPlace(hpa)))
              .anyMatch(it -> it.at("/spec/replicas").asInt(1) == 0);
      if (min > 0 && isAtZero && !isOfScaledObject(hpa)) {
        findings.add(
            Finding.fault(
                check,
                target(hpa)
                    + " is at 0 replicas, where HPA "
                    + KubeObject.name(hpa)
                    + " (minReplicas "
                    + min
                    + ") never looks at it",
                "kubectl -n "
                    + KubeObject.namespace(hpa)
                    + " scale --replicas="
                    + min
                    + " "
                    + hpa.at("/spec/scaleTargetRef/kind").asString("")
                    + "/"
                    + hpa.at("/spec/scaleTargetRef/name").asString("")));
      }
    }
    return findings.isEmpty()
        ? List.of(Finding.ok(check, "no target is at 0 under an HPA that never looks there"))
        : findings;
  }

  private static void add(Map<String, List<String>> to, String key, String value) {
    to.computeIfAbsent(key, _ -> new ArrayList<>()).add(value);
  }

  private static boolean isOfScaledObject(JsonNode hpa) {
    for (JsonNode owner : hpa.at("/metadata/ownerReferences")) {
      if (owner.path("kind").asString("").equals(SCALED_OBJECT)) {
        return true;
      }
    }
    return false;
  }

  /** {@code namespace/Kind/name} of what an HPA or a ScaledObject scales. */
  private static String target(JsonNode scaler) {
    JsonNode ref = scaler.at("/spec/scaleTargetRef");
    // KEDA's default.
    String kind = ref.path("kind").asString("Deployment");
    return KubeObject.namespace(scaler) + "/" + kind + "/" + ref.path("name").asString("");
  }

  private static String targetPlace(JsonNode hpa) {
    return KubeObject.namespace(hpa) + "/" + hpa.at("/spec/scaleTargetRef/name").asString("");
  }

  private static String target(ScalingPolicy policy) {
    return policy.policy().name().namespace() + "/" + policy.policy().target();
  }
}
