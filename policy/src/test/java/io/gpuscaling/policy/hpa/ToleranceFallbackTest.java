package io.gpuscaling.policy.hpa;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.hpa.HpaInput.Manner;
import io.gpuscaling.policy.hpa.HpaInput.StepWithinTolerance;
import io.gpuscaling.policy.hpa.HpaInput.Unsettled;
import io.gpuscaling.policy.hpa.HpaInput.Value;
import io.gpuscaling.policy.hpa.HpaInput.WaitingForPeriod;
import io.gpuscaling.policy.hpa.HpaState.Change;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ToleranceFallbackTest {

  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final HpaPast NOTHING = HpaPast.from(Instant.EPOCH);

  private static ScalingRules pods(int count, Duration period) {
    return rules(ScalingRules.DEFAULT_TOLERANCE, new RatePolicy.Pods(count, period));
  }

  private static ScalingRules rules(double tolerance, RatePolicy... policies) {
    return new ScalingRules(Duration.ZERO, List.of(policies), SelectPolicy.MAX, tolerance);
  }

  private static HpaSpec hpa(int min, int max, ScalingRules up, ScalingRules down) {
    return new HpaSpec(
        min, max, List.of(new HpaMetric("n", new MetricTarget.AverageValue(1000))), up, down);
  }

  private static HpaSpec oneAMinute() {
    return hpa(1, 50, pods(1, MINUTE), pods(1, MINUTE));
  }

  private static HpaInput settled(HpaSpec hpa, int replicas, int wanted, HpaPast past) {
    return ToleranceFallback.of(hpa, Replicas.settled(replicas), wanted, past, T0);
  }

  private static HpaPast past(long secondsAgo, int change) {
    return NOTHING.with(new Change(T0.minusSeconds(secondsAgo), change));
  }

  @ParameterizedTest
  @CsvSource({
    // replicas, wanted, told, how
    "20, 20, 20000, PLAIN", // steady
    "12, 12, 11001, ROUNDED_UP", // steady, whatever a surge of one makes of it
    " 3,  3,  3000, PLAIN",
    " 0,  0,     0, PLAIN",
    "20, 23, 23000, PLAIN", // outside the tolerance by itself
    "20, 17, 17000, PLAIN",
    "20, 18, 17001, ROUNDED_UP",
    "10,  9,  8001, ROUNDED_UP",
    "20, 21, 22001, OUTSIDE_TOLERANCE",
    "20, 19, 17999, OUTSIDE_TOLERANCE",
    "10, 11, 11001, OUTSIDE_TOLERANCE",
    "30, 31, 33001, OUTSIDE_TOLERANCE", // 1.1 times 30 is a little more as a double
    " 5,  6,  6000, PLAIN",
    " 1,  2,  2000, PLAIN",
    "49, 60, 53901, OUTSIDE_TOLERANCE", // its maximum is 50
    "50, 60, 50000, PLAIN", // at its maximum nothing is left to do
    "60, 55, 55000, PLAIN", // beyond its maximum it asks no metric
    " 2,  0,  1000, PLAIN", // its minimum is 1
    " 0,  4,  4000, PLAIN", // switched off: it heeds nothing
  })
  void told_onePodAMinute(int replicas, int wanted, long milli, Manner manner) {
    HpaSpec hpa =
        replicas == 0 && wanted == 0 ? hpa(0, 50, pods(1, MINUTE), pods(1, MINUTE)) : oneAMinute();

    assertThat(settled(hpa, replicas, wanted, NOTHING)).isEqualTo(new Value(milli, manner));
  }

  @Test
  void toldValue_makesTheRealAlgorithmDoTheStep() {
    for (int replicas = 2; replicas < 50; replicas++) {
      for (int wanted : new int[] {replicas - 1, replicas, replicas + 1}) {
        long milli = ((Value) settled(oneAMinute(), replicas, wanted, NOTHING)).milli();
        assertThat(decide(oneAMinute(), Replicas.settled(replicas), milli, HpaState.EMPTY, T0))
            .isEqualTo(wanted);
      }
    }
  }

  private static int decide(
      HpaSpec hpa, Replicas replicas, long milli, HpaState memory, Instant now) {
    return Hpa.decide(hpa, replicas, Map.of("n", new MetricReading.Read(milli)), memory, now)
        .desired();
  }

  @Test
  void narrowerPolicies_goBitByBit_neverBeyond() {
    assertThat(settled(oneAMinute(), 40, 43, NOTHING))
        .isEqualTo(new Value(44_001, Manner.OUTSIDE_TOLERANCE));
  }

  @Test
  void policiesThatLetMoreThrough_areRefused() {
    HpaSpec wide = hpa(1, 50, pods(50, MINUTE), pods(50, MINUTE));
    assertThat(settled(wide, 20, 21, NOTHING)).isEqualTo(new StepWithinTolerance(20, 21));
    assertThat(settled(wide, 20, 19, NOTHING)).isEqualTo(new StepWithinTolerance(20, 19));
    // But not where the bounds hold it.
    assertThat(settled(wide, 49, 50, NOTHING))
        .isEqualTo(new Value(53_901, Manner.OUTSIDE_TOLERANCE));
  }

  @Test
  void policiesOfAShorterPeriod_areRefused_forWhatIsToldMayBeLate() {
    Duration short59 = Duration.ofSeconds(59);
    HpaSpec hasty = hpa(1, 50, pods(1, short59), pods(1, short59));
    assertThat(settled(hasty, 20, 21, NOTHING)).isEqualTo(new StepWithinTolerance(20, 21));
    assertThat(settled(hasty, 20, 19, NOTHING)).isEqualTo(new StepWithinTolerance(20, 19));
  }

  @Test
  void directionThatIsSwitchedOff_isRefused() {
    ScalingRules off = new ScalingRules(Duration.ZERO, List.of(), SelectPolicy.DISABLED, 0.1);
    assertThat(settled(hpa(1, 50, off, off), 20, 21, NOTHING))
        .isEqualTo(new StepWithinTolerance(20, 21));
  }

  @Test
  void toleranceOfEverything_leavesNoValue() {
    ScalingRules all = rules(1.5, new RatePolicy.Pods(1, MINUTE));
    assertThat(settled(hpa(1, 50, all, all), 20, 19, NOTHING))
        .isEqualTo(new StepWithinTolerance(20, 19));
  }

  @Test
  void percentages_areExactToo() {
    ScalingRules five = rules(0.1, new RatePolicy.Percent(5, MINUTE));
    assertThat(settled(hpa(1, 90, five, five), 41, 44, NOTHING))
        .isEqualTo(new Value(45_101, Manner.OUTSIDE_TOLERANCE));
    assertThat(settled(hpa(1, 90, five, five), 41, 43, NOTHING))
        .isEqualTo(new StepWithinTolerance(41, 43));
  }

  @Test
  void turnWithinThePeriod_waits_forTheHpaCountsTheChangeBefore() {
    // One less a moment ago: one a minute allows two more now.
    assertThat(settled(oneAMinute(), 20, 21, past(10, -1)))
        .isEqualTo(new WaitingForPeriod(T0.plusSeconds(55)));
    assertThat(settled(oneAMinute(), 20, 19, past(10, 1)))
        .isEqualTo(new WaitingForPeriod(T0.plusSeconds(55)));
    assertThat(settled(oneAMinute(), 20, 21, past(65, -1))).isInstanceOf(Value.class);
    // What is outside by itself need not wait: it goes no further than it says.
    assertThat(settled(oneAMinute(), 20, 25, past(10, -1))).isInstanceOf(Value.class);
  }

  @Test
  void sameWayWithinThePeriod_waits_forTheHpaMayDoHalf() {
    assertThat(settled(oneAMinute(), 21, 22, past(10, 1)))
        .isEqualTo(new WaitingForPeriod(T0.plusSeconds(55)));
    // What takes several periods anyway goes on as the HPA lets it.
    assertThat(settled(oneAMinute(), 41, 44, past(10, 1))).isInstanceOf(Value.class);
  }

  @Test
  void changesBothWays_waitForThoseTheOtherWay() {
    HpaPast both = past(50, -1).with(new Change(T0.minusSeconds(20), 1));
    assertThat(settled(oneAMinute(), 20, 21, both))
        .isEqualTo(new WaitingForPeriod(T0.plusSeconds(45)));
  }

  @Test
  void changeThatNobodySaw_waits() {
    Instant scaled = T0.minusSeconds(20);
    HpaPast started = HpaPast.from(T0.minusSeconds(10)).with(Optional.of(scaled));
    assertThat(settled(oneAMinute(), 20, 21, started))
        .isEqualTo(new WaitingForPeriod(T0.plusSeconds(45)));
    HpaPast missed = past(40, 1).with(Optional.of(scaled));
    assertThat(settled(oneAMinute(), 20, 21, missed))
        .isEqualTo(new WaitingForPeriod(T0.plusSeconds(45)));
    HpaPast seen = past(19, 1).with(Optional.of(scaled));
    assertThat(settled(oneAMinute(), 20, 21, seen))
        .isEqualTo(new WaitingForPeriod(T0.plusSeconds(46)));
    HpaPast longAgo = NOTHING.with(Optional.of(T0.minusSeconds(65)));
    assertThat(settled(oneAMinute(), 20, 21, longAgo)).isInstanceOf(Value.class);
  }

  @Test
  void manyChanges_areBounded_andThoseForgottenCountAsUnseen() {
    HpaPast past = NOTHING;
    for (int i = 0; i < 100; i++) {
      past = past.with(new Change(T0.minusSeconds(100 - i), i % 2 == 0 ? 1 : -1));
    }
    assertThat(past.changes()).hasSize(HpaPast.MAX_CHANGES);
    assertThat(past.watchedSince()).isEqualTo(past.changes().getFirst().at());
    HpaPast later = past.with(new Change(T0.plusSeconds(3600), 1));
    assertThat(later.changes()).hasSize(1);
  }

  @Test
  void podsThatAreOnTheirWay() {
    HpaSpec hpa = oneAMinute();
    Replicas surge = new Replicas(20, 23, 20);
    // Nothing to do: within its tolerance it would set 23.
    assertThat(ToleranceFallback.of(hpa, surge, 20, NOTHING, T0)).isEqualTo(new Unsettled(20, 23));
    assertThat(ToleranceFallback.of(hpa, surge, 21, NOTHING, T0))
        .isEqualTo(new Value(20_001, Manner.ROUNDED_UP));
    // 21.001 to 22 would be within, and 25.301 is not.
    assertThat(ToleranceFallback.of(hpa, surge, 22, NOTHING, T0))
        .isEqualTo(new Value(25_301, Manner.OUTSIDE_TOLERANCE));
    assertThat(ToleranceFallback.of(hpa, surge, 30, NOTHING, T0))
        .isEqualTo(new Value(30_000, Manner.PLAIN));
    // Wanted is what happens to exist: within the tolerance, but only for now.
    assertThat(ToleranceFallback.of(hpa, surge, 23, NOTHING, T0))
        .isEqualTo(new Value(25_301, Manner.OUTSIDE_TOLERANCE));
    HpaSpec wide = hpa(1, 50, pods(50, MINUTE), pods(50, MINUTE));
    assertThat(ToleranceFallback.of(wide, surge, 22, NOTHING, T0)).isEqualTo(new Unsettled(20, 23));
  }

  @Test
  void valueThatLingers_keepsTheReplicas_onceThePodsAreThere() {
    for (int replicas = 2; replicas < 50; replicas++) {
      for (int wanted : new int[] {replicas - 1, replicas + 1}) {
        long milli = ((Value) settled(oneAMinute(), replicas, wanted, NOTHING)).milli();
        assertThat(decide(oneAMinute(), Replicas.settled(wanted), milli, HpaState.EMPTY, T0))
            .isEqualTo(wanted);
        // And while they are not, it is the HPA's memory that holds it, for a minute.
        Replicas late = new Replicas(wanted, replicas, replicas);
        HpaState memory = new HpaState(List.of(), List.of(new Change(T0, wanted - replicas)));
        assertThat(decide(oneAMinute(), late, milli, memory, T0.plusSeconds(59))).isEqualTo(wanted);
      }
    }
  }

  @Test
  void stabilizationWindow_onlyHoldsBack() {
    ScalingRules calm =
        new ScalingRules(
            Duration.ofMinutes(5),
            List.of(new RatePolicy.Pods(1, MINUTE)),
            SelectPolicy.MAX,
            ScalingRules.DEFAULT_TOLERANCE);
    assertThat(settled(hpa(1, 50, calm, calm), 20, 19, NOTHING))
        .isEqualTo(new Value(17_999, Manner.OUTSIDE_TOLERANCE));
  }
}
