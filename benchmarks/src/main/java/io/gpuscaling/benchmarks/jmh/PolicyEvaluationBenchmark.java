package io.gpuscaling.benchmarks.jmh;

import io.gpuscaling.policy.engine.Engine;
import io.gpuscaling.policy.engine.Evaluation;
import io.gpuscaling.policy.observe.Exactness;
import io.gpuscaling.policy.observe.Observation;
import io.gpuscaling.policy.observe.Observations;
import io.gpuscaling.policy.schedule.CronTimes;
import io.gpuscaling.policy.schedule.Recurrence;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.Breaker;
import io.gpuscaling.policy.spec.Cooldown;
import io.gpuscaling.policy.spec.Fallback;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Operator;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.PolicyName;
import io.gpuscaling.policy.spec.Rates;
import io.gpuscaling.policy.spec.Rates.Rate;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.ScaleTarget;
import io.gpuscaling.policy.spec.ScheduleWindow;
import io.gpuscaling.policy.spec.Step;
import io.gpuscaling.policy.spec.Threshold;
import io.gpuscaling.policy.spec.VramGate;
import io.gpuscaling.policy.spec.WorkloadClass;
import io.gpuscaling.policy.state.EngineState;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Evaluates a policy of six rules and a schedule window, with fresh observations each time:
 * windows, gates, explanation. The load swings, so that the policy acts as often as its cooldowns
 * allow, and the target follows. The aim is 5 µs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(2)
public class PolicyEvaluationBenchmark {

  private static final int RULES = 6;
  private static final int SWING = 400;
  private static final Duration INTERVAL = Duration.ofSeconds(15);

  private Policy policy = policy();
  private EngineState state = EngineState.EMPTY;
  private Instant now = Instant.parse("2026-03-02T00:00:00Z");
  private int replicas = 4;
  private int step;

  /** Begins anew for each fork. */
  @Setup
  public void begin() {
    policy = policy();
    state = EngineState.EMPTY;
    replicas = 4;
  }

  /** One evaluation. */
  @Benchmark
  public Evaluation evaluate() {
    now = now.plus(INTERVAL);
    step++;
    double load = 60 + 60 * Math.sin(step * 2 * Math.PI / SWING);
    Map<String, Observation> seen = HashMap.newHashMap(RULES);
    for (Rule rule : policy.rules()) {
      seen.put(rule.name(), new Observation.Sampled(now, load, Exactness.EXACT, "benchmark"));
    }
    Evaluation evaluation = Engine.evaluate(policy, Observations.of(seen, replicas), state, now);
    state = evaluation.state();
    replicas = evaluation.decision().desiredReplicas();
    return evaluation;
  }

  private static Policy policy() {
    List<Rule> rules =
        IntStream.range(0, RULES)
            .mapToObj(i ->
                new Rule(
                    "rule-" + i,
                    new MetricRef.Series("metric_" + i, Map.of()),
                    new Response.Thresholds(
                        Optional.of(new Threshold(Operator.GREATER_THAN, 100, new Step.Fixed(2))),
                        Optional.of(new Threshold(Operator.LESS_THAN, 20, new Step.Fixed(1)))),
                    3,
                    2,
                    Optional.empty(),
                    Rule.Effect.SCALE))
            .toList();
    ScheduleWindow night =
        new ScheduleWindow(
            "night",
            new Recurrence(
                CronTimes.parse("0 2 * * *", ZoneId.of("Europe/Berlin")),
                new Recurrence.End.After(Duration.ofHours(4))),
            OptionalInt.of(1),
            OptionalInt.empty(),
            Map.of(),
            false,
            false);
    return new Policy(
        new PolicyName("ai-workers", "benchmark"),
        new ScaleTarget("apps/v1", "Deployment", "worker"),
        WorkloadClass.NORMAL,
        new Bounds(2, 50),
        INTERVAL,
        rules,
        new Cooldown(Duration.ofMinutes(5), Duration.ofMinutes(10)),
        new Rates(
            Optional.of(new Rate(5, Duration.ofMinutes(1))),
            Optional.of(new Rate(5, Duration.ofMinutes(1)))),
        new Breaker(20, 6, Duration.ofHours(1)),
        List.of(night),
        new Fallback.Hold(),
        true,
        new VramGate.Off(),
        Duration.ofMinutes(5),
        Duration.ofMinutes(5),
        Optional.empty(),
        false,
        Optional.empty(),
        false);
  }
}
