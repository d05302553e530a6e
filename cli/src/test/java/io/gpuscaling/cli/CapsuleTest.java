package io.gpuscaling.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.policy.DecisionTree;
import io.gpuscaling.kubernetes.policy.EvaluationInputs;
import io.gpuscaling.kubernetes.policy.ScalingPolicy;
import io.gpuscaling.kubernetes.policy.ScalingPolicyReader;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.policy.engine.Engine;
import io.gpuscaling.policy.engine.Evaluation;
import io.gpuscaling.policy.observe.BusyWorkers;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.ManualOverride.Order;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.observe.Room;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.state.EngineState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An evaluation that was exported is made again elsewhere, to the same decision. */
class CapsuleTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<Exactness> EXACTNESS = List.of(Exactness.values());
  private static final int CAPSULES = 500;
  private static final int LONGEST_HISTORY = 40;
  private static final Instant START = Instant.parse("2026-11-25T01:30:00.123456789Z");

  @TempDir private Path folder = Path.of("");

  @Test
  void anyEvaluation_isReplayedToTheSameDecision() throws IOException {
    Set<String> reasons = new HashSet<>();
    for (int seed = 0; seed < CAPSULES; seed++) {
      JsonNode decided = exported(new SplittableRandom(seed), Map.of());
      reasons.add(decided.path("reason").asString());

      Run run = Run.of("replay", "--capsule", file().toString(), "--output=json");

      assertThat(run.err()).as("seed %d", seed).isEmpty();
      assertThat(run.exitCode()).isZero();
      for (Map.Entry<String, JsonNode> field : decided.properties()) {
        assertThat(run.decisions().getFirst().path(field.getKey()))
            .as("seed %d, %s", seed, field.getKey())
            .isEqualTo(field.getValue());
      }
    }
    // They were not all about nothing.
    assertThat(reasons).hasSizeGreaterThan(10);
  }

  @Test
  void anotherPolicy_showsWhatDiffers_andExitsWith1() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    exported(random, Map.of("minReplicas", 900, "maxReplicas", 1000));

    Run run = Run.of("replay", "--capsule", file().toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).contains("differs from what the adapter decided");
    assertThat(run.err()).contains("minReplicas: here ", ", there ");
  }

  @Test
  void samePolicy_isSaidToBeIdentical() throws IOException {
    exported(new SplittableRandom(3), Map.of());

    assertThat(Run.of("replay", "--capsule", file().toString()).out())
        .contains("1 evaluations", "identical to what the adapter decided");
  }

  @Test
  void profile_isAppliedAsTheAdapterDid() throws IOException {
    exported(new SplittableRandom(4), Map.of("profile", "calm"));
    assertThat(Run.of("replay", "--capsule", file().toString()).err())
        .contains("holds 0 objects of kind ScalingProfile, not 1");

    Files.writeString(
        file(),
        Files.readString(file())
            + """
            {"apiVersion": "gpuscaling.io/v1alpha1", "kind": "ScalingProfile",
             "metadata": {"name": "calm"}, "spec": {}}
            """);
    assertThat(Run.of("replay", "--capsule", file().toString()).exitCode()).isZero();
  }

  @Test
  void whatIsNoCapsule_isRefusedWithEveryReason() throws IOException {
    Files.writeString(file(), "{\"kind\":\"Pod\"}");
    assertThat(Run.of("replay", "--capsule", file().toString()).err())
        .contains("0 objects of kind ScalingPolicyExplanation", "0 objects of kind ScalingPolicy,");

    Files.writeString(file(), "{");
    assertThat(Run.of("replay", "--capsule", file().toString()).err()).contains("is not JSON");
    assertThat(Run.of("replay", "--capsule", "nowhere").exitCode()).isEqualTo(2);

    Files.writeString(
        file(),
        "{\"kind\":\"ScalingPolicyExplanation\"}{\"kind\":\"ScalingPolicy\",\"metadata\":{}}");
    Run run = Run.of("replay", "--capsule", file().toString());
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("inputs: must be an object");
  }

  private Path file() {
    return folder.resolve("capsule.json");
  }

  /** Writes the capsule of the end of a random history, and answers its decision. */
  private JsonNode exported(SplittableRandom random, Map<String, Object> written)
      throws IOException {
    Map<String, Object> object = policy(random);
    Policy policy = read(object);
    EngineState state = EngineState.EMPTY;
    Instant now = START;
    int replicas = random.nextInt(12);
    EvaluationInputs inputs;
    Evaluation evaluation;
    int evaluations = random.nextInt(1, LONGEST_HISTORY);
    do {
      now = now.plusMillis(random.nextInt(10_000, 40_000));
      inputs = new EvaluationInputs(seen(policy, replicas, now, random), state, now);
      evaluation = Engine.evaluate(policy, inputs.seen(), state, now);
      state = evaluation.state();
      if (random.nextInt(3) > 0) {
        replicas = evaluation.decision().served().orElse(replicas);
      }
    } while (--evaluations > 0);
    Map<String, Object> explanation = new LinkedHashMap<>();
    explanation.put("kind", "ScalingPolicyExplanation");
    explanation.put("evaluation", DecisionTree.of(evaluation.decision()));
    explanation.put("inputs", inputs.tree());
    if (object.get("spec") instanceof Map<?, ?> spec) {
      Map<String, Object> changed = new LinkedHashMap<>();
      spec.forEach((key, value) -> changed.put(String.valueOf(key), value));
      changed.putAll(written);
      object.put("spec", changed);
    }
    Files.writeString(
        file(), JSON.writeValueAsString(explanation) + "\n" + JSON.writeValueAsString(object));
    return JSON.readTree(JSON.writeValueAsString(explanation)).path("evaluation");
  }

  private static Policy read(Map<String, Object> object) {
    Read<ScalingPolicy> read = ScalingPolicyReader.read(object);
    assertThat(read).isInstanceOf(Read.Valid.class);
    return ((Read.Valid<ScalingPolicy>) read).value().policy();
  }

  private static Map<String, Object> policy(SplittableRandom random) {
    List<Object> rules = new ArrayList<>();
    for (int i = 0; i < random.nextInt(1, 4); i++) {
      Map<String, Object> rule = new LinkedHashMap<>();
      rule.put("name", "rule-" + i);
      rule.put("metric", Map.of("name", "rabbitmq_queue_messages_ready"));
      if (random.nextInt(4) == 0) {
        rule.put("targetPerReplica", random.nextInt(1, 20));
      } else {
        rule.put("scaleUp", Map.of("threshold", 100, "step", Map.of("value", 2)));
        if (random.nextBoolean()) {
          rule.put("scaleDown", Map.of("operator", "LessThan", "threshold", 50));
        }
      }
      int periods = random.nextInt(1, 4);
      rule.put("evaluationPeriods", periods);
      rule.put("dataPointsToAlarm", random.nextInt(1, periods + 1));
      rules.add(rule);
    }
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("scaleTargetRef", Map.of("kind", "Deployment", "name", "worker"));
    spec.put("minReplicas", random.nextInt(1, 4));
    spec.put("maxReplicas", random.nextInt(4, 20));
    spec.put("rules", rules);
    String up = random.nextInt(90) + 1 + "s";
    spec.put("cooldown", Map.of("scaleUp", up, "scaleDown", random.nextInt(90) + 1 + "s"));
    spec.put("runawayProtection", Map.of("maxActionsPerHour", 3600));
    if (random.nextBoolean()) {
      spec.put("maxScalingRate", Map.of("scaleUp", Map.of("replicas", 1, "period", "60s")));
    }
    if (random.nextBoolean()) {
      spec.put("fallback", Map.of("type", "AtLeast", "replicas", random.nextInt(1, 9)));
    }
    if (random.nextInt(3) == 0) {
      spec.put(
          "schedule",
          List.of(
              Map.of(
                  "name",
                  "night",
                  "start",
                  "0 1 * * *",
                  "end",
                  "40 1 * * *",
                  "maxReplicas",
                  random.nextInt(4, 9))));
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("apiVersion", "gpuscaling.io/v1alpha1");
    object.put("kind", "ScalingPolicy");
    object.put("metadata", Map.of("name", "worker", "namespace", "ai"));
    object.put("spec", spec);
    return object;
  }

  private static Observations seen(
      Policy policy, int replicas, Instant now, SplittableRandom random) {
    Map<String, Observation> rules = new HashMap<>();
    for (Rule rule : policy.rules()) {
      if (random.nextInt(5) == 0) {
        rules.put(rule.name(), new Observation.Missing("nobody says"));
      } else if (random.nextInt(9) > 0) {
        rules.put(
            rule.name(),
            new Observation.Sampled(
                now.minusMillis(random.nextInt(9000)),
                random.nextDouble() * 200,
                EXACTNESS.get(random.nextInt(EXACTNESS.size())),
                "a source"));
      }
    }
    BusyWorkers busy =
        switch (random.nextInt(3)) {
          case 0 -> new BusyWorkers.Untracked();
          case 1 -> new BusyWorkers.Known(random.nextInt(9));
          default -> new BusyWorkers.Unknown("no session");
        };
    Room room =
        random.nextBoolean() ? new Room.Fits(random.nextInt(9)) : new Room.Unknown("not asked");
    Order order =
        switch (random.nextInt(4)) {
          case 0 -> new Order.Pause();
          case 1 -> new Order.PauseAt(random.nextInt(9));
          case 2 -> new Order.HoldUp();
          default -> new Order.HoldDown();
        };
    return new Observations(
        rules,
        replicas,
        random.nextInt(replicas + 1),
        busy,
        room,
        random.nextBoolean() ? OptionalInt.of(random.nextInt(20)) : OptionalInt.empty(),
        random.nextInt(6) == 0
            ? Optional.of(new ManualOverride(order, now.plusSeconds(60)))
            : Optional.empty(),
        random.nextInt(6) == 0 ? Optional.of(now.minusSeconds(1)) : Optional.empty());
  }
}
