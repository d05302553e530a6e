package io.gpuscaling.policy.engine;

import static io.gpuscaling.policy.engine.PolicyFixture.fixed;
import static io.gpuscaling.policy.engine.PolicyFixture.gpuWorkers;
import static io.gpuscaling.policy.engine.PolicyFixture.rule;
import static io.gpuscaling.policy.engine.PolicyFixture.thresholds;
import static io.gpuscaling.policy.engine.PolicyFixture.upOnly;
import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.hpa.HpaMetric;
import io.gpuscaling.policy.hpa.HpaSpec;
import io.gpuscaling.policy.hpa.MetricTarget;
import io.gpuscaling.policy.hpa.RatePolicy;
import io.gpuscaling.policy.hpa.RuleSteps;
import io.gpuscaling.policy.hpa.ScalingRules;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import io.gpuscaling.policy.schedule.CronTimes;
import io.gpuscaling.policy.schedule.Recurrence;
import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.MetricRef;
import io.gpuscaling.policy.spec.Policy;
import io.gpuscaling.policy.spec.Response;
import io.gpuscaling.policy.spec.Rule;
import io.gpuscaling.policy.spec.ScheduleWindow;
import io.gpuscaling.policy.spec.Step;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** How an HPA is held to the steps of rules. */
final class RuleStepsTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static Policy steps(Step up, Step down) {
    return gpuWorkers().rules(rule("queue", thresholds(100, up, 10, down), 1, 1)).policy();
  }

  private static Policy follower() {
    return gpuWorkers()
        .rules(
            rule(
                "tasks",
                new Response.Proportional(5, OptionalInt.empty(), OptionalInt.empty()),
                1,
                1))
        .policy();
  }

  private static HpaSpec hpa(RatePolicy limit) {
    ScalingRules rules =
        new ScalingRules(
            Duration.ZERO, List.of(limit), SelectPolicy.MIN, ScalingRules.DEFAULT_TOLERANCE);
    return new HpaSpec(
        1, 100, List.of(new HpaMetric("n", new MetricTarget.AverageValue(1000))), rules, rules);
  }

  @Test
  void limits_areTheSmallestSteps() {
    assertThat(RuleSteps.limits(gpuWorkers().policy(), true))
        .containsExactly(new RatePolicy.Pods(1, MINUTE));
    Step ladder =
        new Step.Ladder(true, List.of(new Step.Ladder.Rung(100, 4), new Step.Ladder.Rung(500, 2)));
    assertThat(RuleSteps.limits(steps(ladder, fixed(3)), true))
        .containsExactly(new RatePolicy.Pods(2, MINUTE));
    assertThat(RuleSteps.limits(steps(ladder, fixed(3)), false))
        .containsExactly(new RatePolicy.Pods(3, MINUTE));
    assertThat(RuleSteps.limits(steps(new Step.Percentage(5), new Step.Percentage(2.5)), true))
        .containsExactly(new RatePolicy.Percent(5, MINUTE));
    assertThat(RuleSteps.limits(steps(new Step.Percentage(5), new Step.Percentage(2.5)), false))
        .containsExactly(new RatePolicy.Pods(1, MINUTE));
    assertThat(RuleSteps.limits(follower(), true)).isEmpty();
  }

  @Test
  void limits_areThoseOfRulesThatScale_alsoOfAWindow() {
    Rule slow =
        new Rule(
            "slow",
            new MetricRef.Series("slow", Map.of()),
            upOnly(2, 1),
            1,
            1,
            Optional.empty(),
            Rule.Effect.DEGRADE);
    Rule nines = rule("queue", thresholds(100, fixed(9), 10, fixed(9)), 1, 1);
    assertThat(RuleSteps.limits(gpuWorkers().rules(nines, slow).policy(), true))
        .containsExactly(new RatePolicy.Pods(9, MINUTE));
    ScheduleWindow gentle =
        new ScheduleWindow(
            "night",
            new Recurrence(
                CronTimes.parse("0 12 * * *", ZoneId.of("UTC")),
                new Recurrence.End.After(Duration.ofHours(1))),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Map.of("queue", upOnly(1_000, 3)),
            false,
            false);
    assertThat(RuleSteps.limits(gpuWorkers().rules(nines).schedule(gentle).policy(), true))
        .containsExactly(new RatePolicy.Pods(3, MINUTE));
  }

  @Test
  void steps_areMissed_whereTheyCanBeATenthOfTheReplicas() {
    Policy ones = steps(fixed(1), fixed(1));
    assertThat(RuleSteps.areMissed(ones, new Bounds(1, 11), true)).isFalse();
    assertThat(RuleSteps.areMissed(ones, new Bounds(1, 12), true)).isTrue();
    assertThat(RuleSteps.areMissed(ones, new Bounds(1, 19), false)).isFalse();
    assertThat(RuleSteps.areMissed(ones, new Bounds(1, 20), false)).isTrue();
    Bounds wide = new Bounds(1, 50);
    assertThat(RuleSteps.areMissed(steps(new Step.Percentage(25), fixed(9)), wide, true)).isFalse();
    assertThat(RuleSteps.areMissed(steps(new Step.Percentage(5), fixed(9)), wide, true)).isTrue();
    assertThat(RuleSteps.areMissed(steps(fixed(9), fixed(9)), wide, false)).isFalse();
    assertThat(RuleSteps.areMissed(follower(), wide, true)).isTrue();
    assertThat(RuleSteps.areMissed(ones, new Bounds(0, 0), true)).isFalse();
  }

  @Test
  void steps_areDone_byAnHpaThatIsHeldToThem() {
    Bounds bounds = new Bounds(2, 50);
    Policy ones = steps(fixed(1), fixed(1));
    HpaSpec one = hpa(new RatePolicy.Pods(1, MINUTE));
    assertThat(RuleSteps.areDone(one, ones, bounds, true)).isTrue();
    assertThat(RuleSteps.areDone(one, ones, bounds, false)).isTrue();
    HpaSpec two = hpa(new RatePolicy.Pods(2, MINUTE));
    assertThat(RuleSteps.areDone(two, ones, bounds, true)).isFalse();
    assertThat(RuleSteps.areDone(two, ones, bounds, false)).isFalse();
    assertThat(RuleSteps.areDone(two, follower(), bounds, true)).isFalse();
    // From the minimum to the replica below the maximum, the only step that is not at a bound.
    assertThat(RuleSteps.areDone(two, ones, new Bounds(20, 22), true)).isFalse();
    HpaSpec five = hpa(new RatePolicy.Percent(5, MINUTE));
    Policy fives = steps(new Step.Percentage(5), new Step.Percentage(5));
    assertThat(RuleSteps.areDone(five, fives, bounds, true)).isTrue();
    assertThat(RuleSteps.areDone(five, fives, bounds, false)).isTrue();
  }
}
