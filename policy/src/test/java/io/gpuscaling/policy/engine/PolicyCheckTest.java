package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.fixed;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.perMinute;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.thresholds;
import static io.gpuscaling.policy.engine.PolicyFixture.upOnly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.policy.check.CheckReport;
import io.gpuscaling.policy.check.CheckReport.Fault;
import io.gpuscaling.policy.check.ExpectedLoad;
import io.gpuscaling.policy.check.PolicyCheck;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Operator;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.Threshold;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class PolicyCheckTest {

  /** 1,000 generations a minute of 30 s each, a ramp of an hour, 5 at once on a replica. */
  private static final ExpectedLoad SPECIFIED =
      new ExpectedLoad(1000 / 60.0, Duration.ofSeconds(30), Duration.ofHours(1), 5);

  @Test
  void thousandPerMinuteOf30Seconds_are500AtOnce_and100Replicas() {
    assertThat(SPECIFIED.replicasAtPeak()).isEqualTo(100);
  }

  @Test
  void gpuWorkers_plus2Per300Seconds_takesTwoHours_andTheBreakerTrips() {
    CheckReport report = check(gpuWorkers(), SPECIFIED);
    assertThat(report.faults())
        .contains(new Fault.MaximumTooSmall(50, 100, 50 * 5 / 30.0))
        .hasAtLeastOneElementOfType(Fault.TooSlow.class)
        .hasAtLeastOneElementOfType(Fault.FallsBehind.class);
    CheckReport patient = check(gpuWorkers().breaker(20, 6), SPECIFIED);
    // 24 steps of 2, the first at once.
    assertThat(patient.minToMax()).contains(Duration.ofMinutes(115));
    assertThat(patient.faults()).doesNotHaveAnyElementsOfTypes(Fault.BreakerTrips.class);
    CheckReport nervous = check(gpuWorkers().breaker(3, 6), SPECIFIED);
    assertThat(nervous.faults()).contains(new Fault.BreakerTrips(Duration.ofMinutes(15), 8, 3, 4));
  }

  @Test
  void figuresThatCarryTheLoad_haveNoFaults() {
    PolicyFixture eager =
        gpuWorkers()
            .bounds(2, 120)
            .cooldown(60, 600)
            .breaker(70, 6)
            .rates(perMinute(10), perMinute(5))
            .rules(rule("queue", thresholds(100, fixed(10), 10, fixed(1)), 2, 1));
    CheckReport report = check(eager, SPECIFIED);
    assertThat(report.faults()).isEmpty();
    assertThat(report.largestShortfall()).isZero();
    assertThat(report.minToMax()).contains(Duration.ofMinutes(11));
  }

  @Test
  void quotaBelowThePeak_isSaid() {
    CheckReport report =
        PolicyCheck.check(
            gpuWorkers().bounds(2, 200).policy(), SPECIFIED, OptionalInt.of(40), Scenario.START);
    assertThat(report.faults()).contains(new Fault.QuotaTooSmall(40, 100));
    assertThat(report.maxReplicas()).isEqualTo(40);
  }

  /** 12 at once, then 10 more each minute. */
  private static PolicyFixture tenAMinute(int max) {
    return gpuWorkers()
        .bounds(2, max)
        .cooldown(60, 600)
        .breaker(70, 6)
        .rates(perMinute(10), perMinute(5))
        .rules(rule("queue", thresholds(100, fixed(10), 10, fixed(1)), 2, 1));
  }

  @Test
  void maximumOrQuotaThatIsJustEnough_isNoFault() {
    assertThat(check(tenAMinute(100), SPECIFIED).faults()).isEmpty();
    assertThat(
            PolicyCheck.check(
                    tenAMinute(200).policy(), SPECIFIED, OptionalInt.of(100), Scenario.START)
                .faults())
        .isEmpty();
  }

  @Test
  void asManyAsAreNeeded_inJustTheRamp_isNotTooSlow() {
    Duration second = Duration.ofSeconds(1);
    assertThat(check(tenAMinute(102), fiftyTwo(second.multipliedBy(240))).faults())
        .doesNotHaveAnyElementsOfTypes(Fault.TooSlow.class);
    assertThat(check(tenAMinute(102), fiftyTwo(second.multipliedBy(239))).faults())
        .contains(
            new Fault.TooSlow(Optional.of(second.multipliedBy(240)), second.multipliedBy(239), 52));
  }

  @Test
  void shortfall_isToldFromWhenItWasThatLarge() {
    assertThat(check(tenAMinute(102), fiftyTwo(Duration.ofSeconds(1))).faults())
        .contains(new Fault.FallsBehind(40, Duration.ofSeconds(15)));
  }

  /** A load that needs 52 replicas, one task on each. */
  private static ExpectedLoad fiftyTwo(Duration ramp) {
    return new ExpectedLoad(52 / 30.0, Duration.ofSeconds(30), ramp, 1);
  }

  @Test
  void noUpRule_neverRaises() {
    Response downOnly =
        new Response.Thresholds(
            Optional.empty(), Optional.of(new Threshold(Operator.LESS_THAN, 10, fixed(1))));
    CheckReport report = check(gpuWorkers().rules(rule("queue", downOnly, 1, 1)), SPECIFIED);
    assertThat(report.faults()).contains(new Fault.NoUpRule());
    assertThat(report.minToMax()).isEmpty();
  }

  @Test
  void thresholdsWhereNoValueCanBe_pinTheTarget() {
    Rule tasks =
        metric("tasks", new MetricRef.OfTarget("active_gpu_processing_tasks_per_worker_node"), 5);
    Rule memory =
        metric("memory", new MetricRef.Utilization("memory", MetricRef.Resource.MEMORY), 100);
    Rule cpu = metric("cpu", new MetricRef.Utilization("cpu", MetricRef.Resource.CPU), 100);
    Rule floor = rule("queue", thresholds(100, fixed(1), 0, fixed(1)), 1, 1);
    assertThat(check(gpuWorkers().rules(tasks, memory, cpu, floor), SPECIFIED).faults())
        .contains(
            new Fault.NeverRaises("tasks", 5, 5),
            new Fault.NeverRaises("memory", 100, 100),
            new Fault.NeverLowers("queue", 0))
        .noneMatch(it -> it instanceof Fault.NeverRaises raises && raises.rule().equals("cpu"));
  }

  @Test
  void proportionalAndReversedRules_climbToo() {
    Response reversed =
        new Response.Thresholds(
            Optional.of(new Threshold(Operator.LESS_THAN, 10, fixed(50))), Optional.empty());
    assertThat(
            check(gpuWorkers().rates(none(), none()).rules(rule("free", reversed, 1, 1)), SPECIFIED)
                .minToMax())
        .contains(Duration.ZERO);
    Response perTen = new Response.Proportional(10, OptionalInt.empty(), OptionalInt.empty());
    assertThat(
            check(gpuWorkers().rates(none(), none()).rules(rule("load", perTen, 1, 1)), SPECIFIED)
                .minToMax())
        .contains(Duration.ZERO);
  }

  @Test
  void loadsThatAreNone_areRefused() {
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(() -> new ExpectedLoad(0, second, second, 1)).isNotNull();
    assertThatThrownBy(() -> new ExpectedLoad(1, Duration.ZERO, second, 1)).isNotNull();
    assertThatThrownBy(() -> new ExpectedLoad(1, second, Duration.ZERO, 1)).isNotNull();
    assertThatThrownBy(() -> new ExpectedLoad(1, second, second, 0)).isNotNull();
  }

  private static Rule metric(String name, MetricRef metric, double up) {
    return new Rule(name, metric, upOnly(up, 1), 1, 1, Optional.empty(), Rule.Effect.SCALE);
  }

  private static CheckReport check(PolicyFixture fixture, ExpectedLoad load) {
    return PolicyCheck.check(fixture.policy(), load, OptionalInt.empty(), Scenario.START);
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }
}
