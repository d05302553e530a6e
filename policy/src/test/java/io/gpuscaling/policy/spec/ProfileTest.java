package io.gpuscaling.policy.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.schedule.CronTimes;
import io.gpuscaling.policy.schedule.Recurrence;
import io.gpuscaling.policy.spec.Profile.Aggressiveness;
import io.gpuscaling.policy.spec.Profile.CostPriority;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The environments of the specification: production, staging, development. */
final class ProfileTest {

  @Test
  void production_moderateAndBalanced_leavesThePolicyAsItIs() {
    Policy policy = policy(new Step.Fixed(2), new Step.Fixed(1));
    assertThat(
            new Profile("production", true, Aggressiveness.MODERATE, CostPriority.BALANCED)
                .apply(policy))
        .isEqualTo(policy);
  }

  @Test
  void staging_conservativeAndCostOptimized_doublesWaits_halvesSteps() {
    Policy staging =
        new Profile("staging", true, Aggressiveness.CONSERVATIVE, CostPriority.COST_OPTIMIZED)
            .apply(policy(new Step.Fixed(5), new Step.Fixed(1)));
    Rule rule = staging.rules().getFirst();
    assertThat(rule.evaluationPeriods()).isEqualTo(6);
    assertThat(rule.dataPointsToAlarm()).isEqualTo(4);
    assertThat(rule.response()).isEqualTo(thresholds(new Step.Fixed(2), new Step.Fixed(1)));
    assertThat(rule.cooldown())
        .contains(new Cooldown(Duration.ofMinutes(2), Duration.ofMinutes(4)));
    assertThat(staging.cooldown())
        .isEqualTo(new Cooldown(Duration.ofMinutes(10), Duration.ofMinutes(10)));
    assertThat(staging.schedule().getFirst().responses().get("cpu"))
        .isEqualTo(new Response.Proportional(10, OptionalInt.of(2), OptionalInt.empty()));
    assertThat(staging.isShadow()).isFalse();
  }

  @Test
  void conservative_halvesPercentagesAndLadders() {
    Step ladder = new Step.Ladder(true, List.of(new Step.Ladder.Rung(100, 5)));
    Policy policy =
        new Profile("staging", true, Aggressiveness.CONSERVATIVE, CostPriority.BALANCED)
            .apply(policy(ladder, new Step.Percentage(10)));
    assertThat(policy.rules().getFirst().response())
        .isEqualTo(
            thresholds(
                new Step.Ladder(true, List.of(new Step.Ladder.Rung(100, 2))),
                new Step.Percentage(5)));
    assertThat(policy.cooldown().down()).isEqualTo(Duration.ofMinutes(20));
  }

  @Test
  void development_scalingDisabled_isShadow() {
    assertThat(
            new Profile(
                    "development", false, Aggressiveness.CONSERVATIVE, CostPriority.COST_OPTIMIZED)
                .apply(policy(new Step.Fixed(2), new Step.Fixed(1)))
                .isShadow())
        .isTrue();
  }

  private static Response thresholds(Step up, Step down) {
    return new Response.Thresholds(
        Optional.of(new Threshold(Operator.GREATER_THAN, 75, up)),
        Optional.of(new Threshold(Operator.LESS_THAN, 25, down)));
  }

  private static Policy policy(Step up, Step down) {
    Rule rule =
        new Rule(
            "cpu",
            new MetricRef.Utilization("cpu", MetricRef.Resource.CPU),
            thresholds(up, down),
            3,
            2,
            Optional.of(new Cooldown(Duration.ofMinutes(1), Duration.ofMinutes(4))),
            Rule.Effect.SCALE);
    ScheduleWindow night =
        new ScheduleWindow(
            "night",
            new Recurrence(
                CronTimes.parse("0 2 * * *", ZoneId.of("UTC")),
                new Recurrence.End.After(Duration.ofHours(4))),
            OptionalInt.of(0),
            OptionalInt.empty(),
            Map.of("cpu", new Response.Proportional(10, OptionalInt.of(4), OptionalInt.empty())),
            false,
            false);
    return new Policy(
        new PolicyName("web", "api"),
        new ScaleTarget("apps/v1", "Deployment", "api"),
        WorkloadClass.NORMAL,
        new Bounds(3, 20),
        Duration.ofSeconds(15),
        List.of(rule),
        new Cooldown(Duration.ofMinutes(5), Duration.ofMinutes(10)),
        new Rates(Optional.empty(), Optional.empty()),
        new Breaker(20, 6, Duration.ofHours(1)),
        List.of(night),
        new Fallback.Hold(),
        true,
        new VramGate.Off(),
        Duration.ZERO,
        Duration.ofMinutes(5),
        Optional.empty(),
        false,
        Optional.empty(),
        false);
  }
}
