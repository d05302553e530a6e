package io.gpuscaling.cli;

import io.gpuscaling.cli.render.Doc;
import io.gpuscaling.kubernetes.policy.DecisionTree;
import io.gpuscaling.kubernetes.policy.EvaluationInputs;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.policy.ScalingPolicyReader;
import io.gpuscaling.kubernetes.policy.ScalingProfileReader;
import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.Engine;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Profile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One evaluation with all that it was made of, as {@code kubectl gpuscaling explain --export} wrote
 * it: the explanation, the policy, and its profile if it has one.
 *
 * @param policy with its profile applied
 * @param inputs of the evaluation
 * @param decided what the adapter decided
 */
record Capsule(Policy policy, EvaluationInputs inputs, JsonNode decided) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The decision, made again here. */
  Decision decide() {
    return Engine.evaluate(policy, inputs.seen(), inputs.state(), inputs.now()).decision();
  }

  /** Fields in which a decision differs from the adapter's, each as a sentence. */
  List<String> differences(Decision decision) {
    // As text first: numbers of one value are of several types in a tree.
    JsonNode here = JSON.readTree(JSON.writeValueAsString(DecisionTree.of(decision)));
    List<String> differences = new ArrayList<>();
    here.properties()
        .forEach(field -> {
          JsonNode there = decided.path(field.getKey());
          if (!field.getValue().equals(there)) {
            differences.add(field.getKey() + ": here " + field.getValue() + ", there " + there);
          }
        });
    return differences;
  }

  /** Puts a capsule together of its objects. */
  static Read<Capsule> of(List<Doc> docs) {
    List<Problem> problems = new ArrayList<>();
    Optional<Doc> explanation = one(docs, "ScalingPolicyExplanation", problems);
    Optional<Doc> written = one(docs, "ScalingPolicy", problems);
    if (explanation.isEmpty() || written.isEmpty()) {
      return new Read.Invalid<>(problems);
    }
    Optional<EvaluationInputs> inputs =
        valid(EvaluationInputs.read(tree(explanation.get().node().path("inputs"))), problems);
    Optional<ScalingPolicy> policy = valid(ScalingPolicyReader.read(map(written.get())), problems);
    Optional<Policy> effective = policy.flatMap(it -> effective(it, docs, problems));
    if (!problems.isEmpty() || inputs.isEmpty() || effective.isEmpty()) {
      return new Read.Invalid<>(problems);
    }
    return new Read.Valid<>(
        new Capsule(effective.get(), inputs.get(), explanation.get().node().path("evaluation")));
  }

  private static Optional<Policy> effective(
      ScalingPolicy policy, List<Doc> docs, List<Problem> problems) {
    if (policy.profile().isEmpty()) {
      return Optional.of(policy.policy());
    }
    return one(docs, "ScalingProfile", problems)
        .flatMap(it -> valid(ScalingProfileReader.read(map(it)), problems))
        .map((Profile profile) -> profile.apply(policy.policy()));
  }

  private static Optional<Doc> one(List<Doc> docs, String kind, List<Problem> problems) {
    List<Doc> found = docs.stream().filter(it -> it.kind().equals(kind)).toList();
    if (found.size() != 1) {
      problems.add(
          Problem.of("capsule", "holds " + found.size() + " objects of kind " + kind + ", not 1"));
      return Optional.empty();
    }
    return Optional.of(found.getFirst());
  }

  private static <T> Optional<T> valid(Read<T> read, List<Problem> problems) {
    return switch (read) {
      case Read.Valid<T>(T value) -> Optional.of(value);
      case Read.Invalid<T>(List<Problem> faults) -> {
        problems.addAll(faults);
        yield Optional.empty();
      }
    };
  }

  private static Object tree(JsonNode node) {
    return JSON.treeToValue(node, Object.class) instanceof Map<?, ?> map ? map : "nothing";
  }

  private static Map<String, Object> map(Doc doc) {
    Map<String, Object> object = new LinkedHashMap<>();
    if (tree(doc.node()) instanceof Map<?, ?> map) {
      map.forEach((key, value) -> object.put(String.valueOf(key), value));
    }
    return object;
  }
}
