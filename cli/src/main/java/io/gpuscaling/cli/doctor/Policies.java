package io.gpuscaling.cli.doctor;

import io.gpuscaling.kubernetes.policy.GeneratedHpa;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.policy.ScalingPolicyReader;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.spec.Bounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The policies of the cluster.
 *
 * @param understood those that are valid
 * @param others names of those that this version does not understand: of a newer one, or invalid
 */
record Policies(List<ScalingPolicy> understood, List<String> others) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  static Policies of(Facts facts) {
    List<ScalingPolicy> understood = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (JsonNode object : facts.items(Question.POLICIES)) {
      Map<String, Object> tree = JSON.convertValue(object, new TypeReference<>() {});
      switch (ScalingPolicyReader.read(tree)) {
        case Read.Valid<ScalingPolicy>(ScalingPolicy it) -> understood.add(it);
        case Read.Invalid<ScalingPolicy> _ -> others.add(KubeObject.place(object));
      }
    }
    return new Policies(List.copyOf(understood), List.copyOf(others));
  }

  static String place(ScalingPolicy policy) {
    return policy.policy().name().namespace() + "/" + policy.policy().name().name();
  }

  /** The widest, over all windows of its schedule. */
  static Bounds bounds(ScalingPolicy policy) {
    return GeneratedHpa.widest(policy.policy());
  }
}
