package io.gpuscaling.adapter.policy;

import io.gpuscaling.adapter.api.PolicyAnswer;
import io.gpuscaling.adapter.api.PolicyQuery;
import io.gpuscaling.adapter.api.PolicySubresource;
import io.gpuscaling.adapter.policy.ServedPolicies.Asked;
import io.gpuscaling.adapter.policy.ServedPolicies.Told;
import io.gpuscaling.adapter.policy.Standing.Refused;
import io.gpuscaling.adapter.policy.Standing.Steers;
import io.gpuscaling.kubernetes.policy.DecisionTree;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.hpa.MilliQuantity;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.WorkloadClass;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells of a policy what stands in the newest snapshot. */
public final class PolicyAnswers implements PolicyQuery {

  private final ServedPolicies served;

  /** Of what is served. */
  public PolicyAnswers(ServedPolicies served) {
    this.served = served;
  }

  @Override
  public PolicyAnswer ask(PolicySubresource what, String namespace, String name) {
    Asked asked = served.ask(new PolicyName(namespace, name));
    if (asked.entry().isEmpty()) {
      return asked
          .problem()
          .<PolicyAnswer>map(PolicyAnswer.Unavailable::new)
          .orElseGet(PolicyAnswer.NoSuchPolicy::new);
    }
    Told told = asked.entry().get().told();
    return switch (what) {
      case EXPLAIN -> explain(told, asked);
      case DEGRADATION -> degradation(told, asked);
    };
  }

  /** Also while nothing is served: then it says why. */
  private static PolicyAnswer explain(Told told, Asked asked) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("status", StatusTree.of(told.object().status()));
    switch (told.standing()) {
      case Steers(_, var target, int replicas, _, _) ->
          fields.put(
              "target",
              Map.of("kind", target.kind().kind(), "name", target.name(), "replicas", replicas));
      case Refused(String reason, String message, _) ->
          fields.put("refused", Map.of("reason", reason, "message", message));
    }
    told.decision().ifPresent(it -> fields.put("evaluation", DecisionTree.of(it)));
    told.inputs().ifPresent(it -> fields.put("inputs", it.tree()));
    ServedNumber number =
        asked
            .problem()
            .<ServedNumber>map(ServedNumber.None::new)
            .orElseGet(() -> asked.entry().orElseThrow().number());
    switch (number) {
      case ServedNumber.Replicas(int replicas) ->
          fields.put("served", Map.of("replicas", replicas));
      case ServedNumber.Instead(int replicas, long milli, String sentence) ->
          fields.put(
              "served",
              Map.of(
                  "replicas", replicas, "value", MilliQuantity.format(milli), "message", sentence));
      case ServedNumber.Withheld(_, String sentence) ->
          fields.put("served", Map.of("message", sentence));
      case ServedNumber.None(String sentence) -> fields.put("served", Map.of("message", sentence));
    }
    return new PolicyAnswer.Document(fields, Optional.empty());
  }

  /**
   * Only what is written and by a leader who lives: applications turn users away by it. The age is
   * beside the answer, so that an answer that says the same is the same.
   */
  private static PolicyAnswer degradation(Told told, Asked asked) {
    if (asked.problem().isPresent()) {
      return new PolicyAnswer.Unavailable(asked.problem().get());
    }
    if (told.standing() instanceof Refused(_, String message, _)) {
      return new PolicyAnswer.Unavailable("the policy is not ready: " + message);
    }
    DegradationState state = told.object().status().degradation();
    Map<String, Object> classes = new LinkedHashMap<>();
    for (WorkloadClass workload :
        List.of(WorkloadClass.CRITICAL, WorkloadClass.NORMAL, WorkloadClass.BACKGROUND)) {
      classes.put(workload.word(), state.of(workload).word());
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("level", state.level());
    fields.put("classes", classes);
    state.changedAt().ifPresent(it -> fields.put("changedAt", it.toString()));
    Duration age = asked.age();
    return new PolicyAnswer.Document(fields, Optional.of(age));
  }
}
