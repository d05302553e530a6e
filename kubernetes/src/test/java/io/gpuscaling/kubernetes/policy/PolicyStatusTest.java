package io.gpuscaling.kubernetes.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.resource.Problems;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.policy.degrade.DegradationState;
import io.gpuscaling.policy.engine.Engine;
import io.gpuscaling.policy.engine.Evaluation;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.state.Actions;
import io.gpuscaling.policy.state.Change;
import io.gpuscaling.policy.state.EngineState;
import io.gpuscaling.policy.state.Pause;
import io.gpuscaling.policy.state.Pending;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyStatusTest {

  private static final Instant NOW = Instant.parse("2026-11-25T03:12:00.123456789Z");

  static LongStream seeds() {
    return LongStream.range(0, 60);
  }

  /** Any history, with a target that follows sometimes, partly, late or never. */
  @ParameterizedTest
  @MethodSource("seeds")
  void stateReadBackFromYaml_decidesTheSame(long seed) {
    var random = new SplittableRandom(seed);
    Policy policy = ScalingPolicyReaderTest.valid(policy(random)).policy();
    EngineState state = EngineState.EMPTY;
    int replicas = random.nextInt(0, 60);
    Instant now = NOW;
    for (int i = 0; i < 60; i++) {
      Observations seen = observations(policy, random, replicas, now);
      Evaluation kept = Engine.evaluate(policy, seen, state, now);
      Evaluation taken = Engine.evaluate(policy, seen, readBack(state), now);

      assertThat(taken).isEqualTo(kept);
      assertReadableStatus(kept);
      state = kept.state();
      int desired = kept.decision().served().orElse(replicas);
      replicas =
          switch (random.nextInt(4)) {
            case 0 -> replicas;
            case 1 -> random.nextInt(Math.min(replicas, desired), Math.max(replicas, desired) + 1);
            default -> desired;
          };
      now = now.plus(Duration.ofMillis(random.nextInt(1, 400_000)));
    }
  }

  private static String policy(SplittableRandom random) {
    return ScalingPolicyReaderTest.SMALLEST
        + """
              scaleDown: {threshold: 60}
          minReplicas: %d
          cooldown: {scaleUp: %ds, scaleDown: %ds}
          maxScalingRate: {scaleUp: {replicas: %d}, scaleDown: {replicas: 1, period: 10m}}
          runawayProtection: {maxActionsPerHour: 300, maxDirectionChangesPerHour: %d}
        """
            .formatted(
                random.nextInt(0, 5),
                random.nextInt(0, 400),
                random.nextInt(0, 800),
                random.nextInt(1, 4),
                random.nextInt(1, 5));
  }

  private static Observations observations(
      Policy policy, SplittableRandom random, int replicas, Instant now) {
    Map<String, Observation> rules = new HashMap<>();
    policy
        .rules()
        .forEach(rule ->
            rules.put(
                rule.name(),
                random.nextInt(5) == 0
                    ? new Observation.Missing("lost")
                    : new Observation.Sampled(now, random.nextInt(300), Exactness.EXACT, "test")));
    return Observations.of(rules, replicas);
  }

  /** The windows stay in memory; the actions go through text. */
  private static EngineState readBack(EngineState state) {
    return state.withActions(
        withStatus(Map.of("actions", PolicyStatus.tree(state.actions()))).actions());
  }

  private static ScalingPolicy withStatus(Map<String, Object> status) {
    Map<String, Object> object =
        new LinkedHashMap<>(ScalingPolicyReaderTest.object(ScalingPolicyReaderTest.SMALLEST));
    object.put("status", status);
    return ScalingPolicyReaderTest.valid(YamlDocuments.write(object));
  }

  private static void assertReadableStatus(Evaluation evaluation) {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("decision", DecisionTree.of(evaluation.decision()));
    Problems problems = new Problems();
    StatusFields.policyStatus()
        .values(ScalingPolicyReaderTest.object(YamlDocuments.write(status)), "status", problems);
    assertThat(problems.list()).isEmpty();
  }

  @Test
  void actions_ofEveryKind_areReadBack() {
    Actions actions =
        new Actions(
            Optional.of(new Pending(NOW, 4, 6, true, true)),
            OptionalInt.of(9),
            List.of(new Change(NOW, 4, 5, true), new Change(NOW, 5, 4, false)),
            Optional.of(new Pause(NOW, NOW.plusSeconds(1), Pause.Cause.DIRECTION_CHANGES)),
            NOW);

    assertThat(PolicyStatus.read(PolicyStatus.tree(actions))).isEqualTo(new Read.Valid<>(actions));
    Actions tripped = actions.withPause(new Pause(NOW, NOW.plusSeconds(1), Pause.Cause.ACTIONS));
    assertThat(PolicyStatus.read(PolicyStatus.tree(tripped))).isEqualTo(new Read.Valid<>(tripped));
    assertThat(PolicyStatus.tree(Actions.NONE)).isEmpty();
  }

  @Test
  void actions_thatNobodyCanRead_areTold() {
    var read = PolicyStatus.read(Map.of("pending", Map.of("from", 1), "rest", "many"));

    assertThat(read).isInstanceOf(Read.Invalid.class);
    assertThat(read.toString()).contains("status.actions.pending.decidedAt", "status.actions.rest");
  }

  @Test
  void decision_ofEndlessTextsAndNumbers_fitsTheStatus() {
    Policy policy = ScalingPolicyReaderTest.valid(ScalingPolicyReaderTest.LARGEST).policy();
    String endless = "x".repeat(5000);
    Map<String, Observation> rules = new HashMap<>();
    policy.rules().forEach(it -> rules.put(it.name(), new Observation.Missing(endless)));
    rules.put("queue", new Observation.Sampled(NOW, 1e300, Exactness.LOWER_BOUND, endless));
    rules.put("cpu", new Observation.Sampled(NOW, 0.5, Exactness.UPPER_BOUND, "a"));
    rules.put("memory", new Observation.Sampled(NOW, 5, Exactness.ESTIMATE, "a"));

    assertReadableStatus(
        Engine.evaluate(policy, Observations.of(rules, 60), EngineState.EMPTY, NOW));
  }

  @Test
  void degradation_isReadBack() {
    var state =
        new DegradationState(
            2, Optional.of(NOW), Optional.of(NOW.plusSeconds(1)), Optional.empty());
    assertThat(withStatus(Map.of("degradation", PolicyStatus.tree(state))).degradation())
        .isEqualTo(state);
    assertThat(withStatus(Map.of()).degradation()).isEqualTo(DegradationState.NONE);
  }
}
