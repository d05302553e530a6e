package io.gpuscaling.policy.engine;

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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The policy of GPU workers as the specification has it, and changes of it. */
record PolicyFixture(
    Bounds bounds,
    List<Rule> rules,
    Cooldown cooldown,
    Rates rates,
    Breaker breaker,
    List<ScheduleWindow> schedule,
    Fallback fallback,
    boolean busyFloor,
    VramGate vramGate,
    boolean isShadow) {

  static final Duration INTERVAL = Duration.ofSeconds(15);

  /**
   * ai-gpu-worker-scaling-policy: 100/10 by +2/−1, 75/25 by +1/−1, 2..50, 300/600 s, 5 a minute.
   */
  static PolicyFixture gpuWorkers() {
    return new PolicyFixture(
        new Bounds(2, 50),
        List.of(queueRule(), cpuRule()),
        new Cooldown(Duration.ofMinutes(5), Duration.ofMinutes(10)),
        new Rates(perMinute(5), perMinute(5)),
        new Breaker(12, 6, Duration.ofHours(1)),
        List.of(),
        new Fallback.Hold(),
        true,
        new VramGate.Off(),
        false);
  }

  static Rule queueRule() {
    return rule("queue", thresholds(100, fixed(2), 10, fixed(1)), 2, 1);
  }

  static Rule cpuRule() {
    return rule("cpu", thresholds(75, fixed(1), 25, fixed(1)), 2, 1);
  }

  static Rule rule(String name, Response response, int periods, int points) {
    return new Rule(
        name,
        new MetricRef.Series(name, Map.of()),
        response,
        periods,
        points,
        Optional.empty(),
        Rule.Effect.SCALE);
  }

  static Response thresholds(double up, Step upStep, double down, Step downStep) {
    return new Response.Thresholds(
        Optional.of(new Threshold(Operator.GREATER_THAN, up, upStep)),
        Optional.of(new Threshold(Operator.LESS_THAN, down, downStep)));
  }

  static Response upOnly(double up, int step) {
    return new Response.Thresholds(
        Optional.of(new Threshold(Operator.GREATER_THAN, up, fixed(step))), Optional.empty());
  }

  static Step fixed(int replicas) {
    return new Step.Fixed(replicas);
  }

  static Optional<Rate> perMinute(int replicas) {
    return Optional.of(new Rate(replicas, Duration.ofMinutes(1)));
  }

  PolicyFixture bounds(int min, int max) {
    return new PolicyFixture(
        new Bounds(min, max),
        rules,
        cooldown,
        rates,
        breaker,
        schedule,
        fallback,
        busyFloor,
        vramGate,
        isShadow);
  }

  PolicyFixture rules(Rule... newRules) {
    return new PolicyFixture(
        bounds,
        List.of(newRules),
        cooldown,
        rates,
        breaker,
        schedule,
        fallback,
        busyFloor,
        vramGate,
        isShadow);
  }

  PolicyFixture cooldown(long upSeconds, long downSeconds) {
    return new PolicyFixture(
        bounds,
        rules,
        new Cooldown(Duration.ofSeconds(upSeconds), Duration.ofSeconds(downSeconds)),
        rates,
        breaker,
        schedule,
        fallback,
        busyFloor,
        vramGate,
        isShadow);
  }

  PolicyFixture rates(Optional<Rate> up, Optional<Rate> down) {
    return new PolicyFixture(
        bounds,
        rules,
        cooldown,
        new Rates(up, down),
        breaker,
        schedule,
        fallback,
        busyFloor,
        vramGate,
        isShadow);
  }

  PolicyFixture breaker(int actions, int turns) {
    return new PolicyFixture(
        bounds,
        rules,
        cooldown,
        rates,
        new Breaker(actions, turns, Duration.ofMinutes(30)),
        schedule,
        fallback,
        busyFloor,
        vramGate,
        isShadow);
  }

  PolicyFixture schedule(ScheduleWindow... windows) {
    return new PolicyFixture(
        bounds,
        rules,
        cooldown,
        rates,
        breaker,
        List.of(windows),
        fallback,
        busyFloor,
        vramGate,
        isShadow);
  }

  PolicyFixture fallback(int replicas) {
    return new PolicyFixture(
        bounds,
        rules,
        cooldown,
        rates,
        breaker,
        schedule,
        new Fallback.AtLeast(replicas),
        busyFloor,
        vramGate,
        isShadow);
  }

  PolicyFixture vramGate(VramGate gate) {
    return new PolicyFixture(
        bounds, rules, cooldown, rates, breaker, schedule, fallback, busyFloor, gate, isShadow);
  }

  PolicyFixture withoutBusyFloor() {
    return new PolicyFixture(
        bounds, rules, cooldown, rates, breaker, schedule, fallback, false, vramGate, isShadow);
  }

  PolicyFixture shadow() {
    return new PolicyFixture(
        bounds, rules, cooldown, rates, breaker, schedule, fallback, busyFloor, vramGate, true);
  }

  Policy policy() {
    return new Policy(
        new PolicyName("ai-workers", "ai-gpu-worker-scaling-policy"),
        new ScaleTarget("apps/v1", "Deployment", "ai-gpu-worker"),
        WorkloadClass.CRITICAL,
        bounds,
        INTERVAL,
        rules,
        cooldown,
        rates,
        breaker,
        schedule,
        fallback,
        busyFloor,
        vramGate,
        Duration.ofMinutes(5),
        Duration.ofMinutes(5),
        Optional.empty(),
        false,
        Optional.empty(),
        isShadow);
  }

  static OptionalInt none() {
    return OptionalInt.empty();
  }
}
