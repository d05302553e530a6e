package io.gpuscaling.kubernetes.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.kubernetes.resource.Problem;
import io.gpuscaling.kubernetes.resource.Read;
import io.gpuscaling.kubernetes.yaml.YamlDocuments;
import io.gpuscaling.policy.observe.ManualOverride;
import io.gpuscaling.policy.observe.ManualOverride.Order;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.Breaker;
import io.gpuscaling.policy.spec.Cooldown;
import io.gpuscaling.policy.spec.Degradation;
import io.gpuscaling.policy.spec.Fallback;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Operator;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.Rates;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.gpuscaling.policy.spec.Step;
import io.gpuscaling.policy.spec.Threshold;
import io.gpuscaling.policy.spec.VramGate;
import io.gpuscaling.policy.spec.WorkloadClass;
import io.gpuscaling.policy.state.Actions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ScalingPolicyReaderTest {

  /** As little as a policy can be. */
  static final String SMALLEST =
      """
      apiVersion: gpuscaling.io/v1alpha1
      kind: ScalingPolicy
      metadata: {name: worker, namespace: ai}
      spec:
        scaleTargetRef: {kind: Deployment, name: worker}
        maxReplicas: 50
        rules:
          - name: queue
            metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
            scaleUp: {threshold: 100}
      """;

  /** Everything that a policy can say. */
  static final String LARGEST =
      """
      apiVersion: gpuscaling.io/v1alpha1
      kind: ScalingPolicy
      metadata:
        name: worker
        namespace: ai
        uid: 0c6f
        generation: 7
        resourceVersion: "12"
        creationTimestamp: "2026-11-25T03:12:00Z"
        annotations:
          gpuscaling.io/override: pause-at=5
          gpuscaling.io/override-until: "2026-11-26T00:00:00+01:00"
          gpuscaling.io/resumed-at: "2026-11-24T00:00:00Z"
          other: text
      spec:
        scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: worker}
        minReplicas: 2
        maxReplicas: 50
        evaluationInterval: 5s
        workloadClass: critical
        mode: Shadow
        profile: staging
        pool: gpus
        reclaim: true
        busyFloor: false
        warmUp: 90s
        applyDeadline: 4m
        cooldown: {scaleUp: 300s, scaleDown: 600s}
        maxScalingRate:
          scaleUp: {replicas: 5, period: 60s}
          scaleDown: {replicas: 2}
        runawayProtection: {maxActionsPerHour: 30, maxDirectionChangesPerHour: 4, resumeAfter: 30m}
        fallback: {type: AtLeast, replicas: 4}
        vramGate: {mode: AutoscaledPool, maxPending: 3}
        degradation: {after: 2m, recoverAfter: 4m}
        rules:
          - name: queue
            metric: {name: rabbitmq_queue_messages_ready, selector: {matchLabels: {queue: jobs}}}
            scaleUp:
              operator: GreaterThanOrEqual
              threshold: "1.5k"
              step: {type: Ladder, rungs: [{from: 1500, value: 2}, {from: 5000, value: 6}]}
            scaleDown: {operator: LessThanOrEqual, threshold: 10, step: {value: 3}}
            evaluationPeriods: 3
            dataPointsToAlarm: 2
            cooldown: {scaleUp: 180s}
          - name: cpu
            metric: {name: avg_target_cpu_utilization_percentage}
            scaleUp: {threshold: 75, step: {type: Percentage, value: 10}}
          - name: memory
            metric: {name: avg_target_memory_utilization_percentage}
            scaleUp: {threshold: 80}
          - name: tasks
            metric: {name: active_gpu_processing_tasks_per_worker_node}
            targetPerReplica: "2500m"
            maxStepUp: 4
            maxStepDown: 1
          - name: tasks-of-one-queue
            metric: {name: gpu_tasks_active, selector: {matchLabels: {queue: jobs}}}
            scaleUp: {threshold: 9}
          - name: p95
            metric: {name: api_p95_seconds, query: api-p95}
            scaleUp: {threshold: "0.5"}
          - name: room
            metric: {name: gpu_vram_free_bytes}
            scaleUp: {operator: LessThan, threshold: 8Gi}
            effect: DegradeAndForbidScaleUp
          - name: outage
            metric: {name: rabbitmq_broker_nodes_down}
            scaleUp: {threshold: 0}
            effect: Degrade
        schedule:
          - name: night
            start: "0 2 * * *"
            end: "0 6 * * *"
            timeZone: Europe/Berlin
            minReplicas: 0
            maxReplicas: 0
            immediate: true
          - name: evening
            start: "0 18 * * 1-5"
            duration: 2h
            pause: true
            rules: [{name: queue, scaleUp: {threshold: 50}}]
      """;

  private static final Threshold UP_AT_100 =
      new Threshold(Operator.GREATER_THAN, 100, new Step.Fixed(1));

  @Test
  void smallest_hasTheDefaultsOfTheSpecification() {
    Policy policy = valid(SMALLEST).policy();

    assertThat(policy)
        .isEqualTo(
            new Policy(
                new PolicyName("ai", "worker"),
                new ScaleTarget("apps/v1", "Deployment", "worker"),
                WorkloadClass.NORMAL,
                new Bounds(1, 50),
                Duration.ofSeconds(15),
                List.of(
                    new Rule(
                        "queue",
                        new MetricRef.Series(
                            "rabbitmq_queue_messages_ready", Map.of("queue", "jobs")),
                        new Response.Thresholds(Optional.of(UP_AT_100), Optional.empty()),
                        1,
                        1,
                        Optional.empty(),
                        Rule.Effect.SCALE)),
                new Cooldown(Duration.ofMinutes(5), Duration.ofMinutes(10)),
                new Rates(Optional.empty(), Optional.empty()),
                new Breaker(20, 6, Duration.ofHours(1)),
                List.of(),
                new Fallback.Hold(),
                true,
                new VramGate.Off(),
                Duration.ofMinutes(2),
                Duration.ofSeconds(300),
                Optional.empty(),
                false,
                Optional.empty(),
                false));
  }

  @Test
  void smallest_ordersNothingAndRemembersNothing() {
    ScalingPolicy read = valid(SMALLEST);

    assertThat(read.controls()).isEqualTo(Controls.NONE);
    assertThat(read.controls().override(Instant.EPOCH)).isEmpty();
    assertThat(read.actions()).isEqualTo(Actions.NONE);
    assertThat(read.profile()).isEmpty();
  }

  @Test
  void largest_everyFieldArrives() {
    ScalingPolicy read = valid(LARGEST);
    Policy policy = read.policy();

    assertThat(read.profile()).contains("staging");
    assertThat(read.metadata().uid()).isEqualTo("0c6f");
    assertThat(read.metadata().generation()).isEqualTo(7);
    assertThat(read.metadata().resourceVersion()).isEqualTo("12");
    assertThat(read.metadata().createdAt()).contains(Instant.parse("2026-11-25T03:12:00Z"));
    assertThat(policy.target()).hasToString("StatefulSet/worker");
    assertThat(policy.workloadClass()).isEqualTo(WorkloadClass.CRITICAL);
    assertThat(policy.bounds()).isEqualTo(new Bounds(2, 50));
    assertThat(policy.evaluationInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(policy.isShadow()).isTrue();
    assertThat(policy.pool()).contains("gpus");
    assertThat(policy.reclaim()).isTrue();
    assertThat(policy.busyFloor()).isFalse();
    assertThat(policy.warmUp()).isEqualTo(Duration.ofSeconds(90));
    assertThat(policy.applyDeadline()).isEqualTo(Duration.ofMinutes(4));
    assertThat(policy.rates())
        .isEqualTo(
            new Rates(
                Optional.of(new Rates.Rate(5, Duration.ofSeconds(60))),
                Optional.of(new Rates.Rate(2, Duration.ofSeconds(60)))));
    assertThat(policy.breaker()).isEqualTo(new Breaker(30, 4, Duration.ofMinutes(30)));
    assertThat(policy.fallback()).isEqualTo(new Fallback.AtLeast(4));
    assertThat(policy.vramGate()).isEqualTo(new VramGate.AutoscaledPool(3));
    assertThat(policy.degradation())
        .contains(new Degradation(Duration.ofMinutes(2), Duration.ofMinutes(4)));
  }

  @Test
  void largest_rulesKeepTheirOrderAndSources() {
    List<Rule> rules = valid(LARGEST).policy().rules();

    assertThat(rules)
        .extracting(Rule::metric)
        .containsExactly(
            new MetricRef.Series("rabbitmq_queue_messages_ready", Map.of("queue", "jobs")),
            new MetricRef.Utilization(
                "avg_target_cpu_utilization_percentage", MetricRef.Resource.CPU),
            new MetricRef.Utilization(
                "avg_target_memory_utilization_percentage", MetricRef.Resource.MEMORY),
            new MetricRef.OfTarget("active_gpu_processing_tasks_per_worker_node"),
            new MetricRef.Series("gpu_tasks_active", Map.of("queue", "jobs")),
            new MetricRef.Query("api_p95_seconds", "api-p95"),
            new MetricRef.Series("gpu_vram_free_bytes", Map.of()),
            new MetricRef.Series("rabbitmq_broker_nodes_down", Map.of()));
    Rule queue = rules.getFirst();
    assertThat(queue.evaluationPeriods()).isEqualTo(3);
    assertThat(queue.dataPointsToAlarm()).isEqualTo(2);
    assertThat(queue.cooldown())
        .contains(new Cooldown(Duration.ofMinutes(3), Duration.ofMinutes(10)));
    assertThat(queue.response())
        .isEqualTo(
            new Response.Thresholds(
                Optional.of(
                    new Threshold(
                        Operator.GREATER_THAN_OR_EQUAL,
                        1500,
                        new Step.Ladder(
                            true,
                            List.of(
                                new Step.Ladder.Rung(1500, 2), new Step.Ladder.Rung(5000, 6))))),
                Optional.of(new Threshold(Operator.LESS_THAN_OR_EQUAL, 10, new Step.Fixed(3)))));
    assertThat(rules.get(1).response())
        .isEqualTo(
            new Response.Thresholds(
                Optional.of(new Threshold(Operator.GREATER_THAN, 75, new Step.Percentage(10))),
                Optional.empty()));
    assertThat(rules.get(3).response())
        .isEqualTo(new Response.Proportional(2.5, OptionalInt.of(4), OptionalInt.of(1)));
    assertThat(rules)
        .extracting(Rule::effect)
        .endsWith(Rule.Effect.SCALE, Rule.Effect.DEGRADE_AND_FORBID_UP, Rule.Effect.DEGRADE);
  }

  @Test
  void largest_windowsReplaceBoundsAndThresholds() {
    var schedule = valid(LARGEST).policy().schedule();

    assertThat(schedule).hasSize(2);
    assertThat(schedule.getFirst().bounds(new Bounds(2, 50))).isEqualTo(new Bounds(0, 0));
    assertThat(schedule.getFirst().isImmediate()).isTrue();
    // 02:30 in Berlin, in winter.
    assertThat(schedule.getFirst().when().isActive(Instant.parse("2026-11-25T01:30:00Z"))).isTrue();
    assertThat(schedule.getFirst().when().isActive(Instant.parse("2026-11-25T05:30:00Z")))
        .isFalse();
    assertThat(schedule.getLast().isPaused()).isTrue();
    assertThat(schedule.getLast().when().isActive(Instant.parse("2026-11-25T19:59:00Z"))).isTrue();
    assertThat(schedule.getLast().when().isActive(Instant.parse("2026-11-25T20:00:00Z"))).isFalse();
    assertThat(schedule.getLast().response("queue"))
        .contains(
            new Response.Thresholds(
                Optional.of(new Threshold(Operator.GREATER_THAN, 50, new Step.Fixed(1))),
                Optional.empty()));
  }

  @Test
  void annotations_areAnOverrideWithItsEnd() {
    Controls controls = valid(LARGEST).controls();

    assertThat(controls.override(Instant.EPOCH))
        .contains(new ManualOverride(new Order.PauseAt(5), Instant.parse("2026-11-25T23:00:00Z")));
    assertThat(controls.resumedAt()).contains(Instant.parse("2026-11-24T00:00:00Z"));
  }

  @Test
  void override_withoutEnd_lastsADayFromWhenItWasSeen() {
    Instant seen = Instant.parse("2026-11-25T00:00:00Z");

    assertThat(annotated("pause").controls().override(seen))
        .contains(new ManualOverride(new Order.Pause(), seen.plus(Duration.ofHours(24))));
    assertThat(annotated("hold-up").controls().order()).contains(new Order.HoldUp());
    assertThat(annotated("hold-down").controls().order()).contains(new Order.HoldDown());
  }

  @Test
  void everythingWrong_isToldAtOnceWithItsPath() throws IOException {
    Path folder = Path.of("src", "test", "resources", "policies");

    assertThat(problems(Files.readString(folder.resolve("everything-wrong.yaml"))))
        .containsExactlyInAnyOrderElementsOf(
            Files.readAllLines(folder.resolve("everything-wrong.txt")));
  }

  @Test
  void breaker_thatAnOrdinaryRampTrips_isRefused() {
    // 3600 s / 180 s: 20 actions up in an hour are an ordinary ramp.
    String ramp = SMALLEST + "  cooldown: {scaleUp: 180s}\n  runawayProtection: ";

    assertThat(problems(ramp + "{maxActionsPerHour: 20}"))
        .containsExactly(
            "spec.runawayProtection.maxActionsPerHour: must be more than an ordinary ramp takes in"
                + " an hour: more than 3600 s divided by the scale-up cooldown (or the"
                + " evaluationInterval, if that is longer): an action up every 3m makes 20 in an"
                + " hour; write at least 21");
    assertThat(valid(ramp + "{maxActionsPerHour: 21}").policy().breaker().maxActions())
        .isEqualTo(21);
  }

  @Test
  void breaker_isMeasuredByTheShortestCooldownOfARule() {
    assertThat(
            problems(
                SMALLEST.replace(
                    "scaleUp: {threshold",
                    "cooldown: {scaleUp: 60s}\n    " + "  scaleUp: {threshold")))
        .singleElement()
        .asString()
        .endsWith("write at least 61");
  }

  @Test
  void object_withoutSpecOrName_isRefused() {
    assertThat(problems("{apiVersion: gpuscaling.io/v1alpha1, kind: ScalingPolicy}"))
        .containsExactly("metadata: is missing", "spec: is missing");
    assertThat(
            problems(
                "{apiVersion: gpuscaling.io/v1alpha1, kind: ScalingPolicy, metadata: {name: 5,"
                    + " annotations: {a: 1}}, spec: []}"))
        .contains(
            "metadata.name \"5\": must be a text (write it in quotes)",
            "metadata.annotations[a] \"1\": must be a text (write it in quotes)");
  }

  private static ScalingPolicy annotated(String override) {
    return valid(
        SMALLEST.replace(
            "namespace: ai}",
            "namespace: ai, annotations: {gpuscaling.io/override: " + override + "}}"));
  }

  static ScalingPolicy valid(String yaml) {
    return switch (ScalingPolicyReader.read(object(yaml))) {
      case Read.Valid<ScalingPolicy>(ScalingPolicy policy) -> policy;
      case Read.Invalid<ScalingPolicy>(List<Problem> problems) ->
          throw new AssertionError(problems);
    };
  }

  private static List<String> problems(String yaml) {
    return switch (ScalingPolicyReader.read(object(yaml))) {
      case Read.Valid<ScalingPolicy>(ScalingPolicy policy) ->
          throw new AssertionError("valid: " + policy);
      case Read.Invalid<ScalingPolicy>(List<Problem> problems) ->
          problems.stream().map(Problem::toString).toList();
    };
  }

  static Map<String, Object> object(String yaml) {
    return switch (YamlDocuments.read(yaml)) {
      case Read.Valid<List<Map<String, Object>>>(var documents) -> documents.getFirst();
      case Read.Invalid<List<Map<String, Object>>>(List<Problem> problems) ->
          throw new AssertionError(problems);
    };
  }
}
