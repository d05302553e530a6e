package io.gpuscaling.policy.hpa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.policy.hpa.HpaDecision.Limit;
import io.gpuscaling.policy.hpa.HpaDecision.Reason;
import io.gpuscaling.policy.hpa.ScalingRules.SelectPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HpaTest {

  private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");
  private static final String QUEUE = "queue";
  private static final String BUSY = "busy";

  private static final ScalingRules AT_ONCE =
      new ScalingRules(
          Duration.ZERO,
          List.of(new RatePolicy.Pods(1_000, Duration.ofSeconds(15))),
          SelectPolicy.MAX,
          ScalingRules.DEFAULT_TOLERANCE);

  private static final ScalingRules DOWN_AT_ONCE =
      new ScalingRules(
          Duration.ZERO,
          List.of(new RatePolicy.Percent(100, Duration.ofSeconds(15))),
          SelectPolicy.MAX,
          ScalingRules.DEFAULT_TOLERANCE);

  private static HpaSpec spec(MetricTarget target) {
    return new HpaSpec(0, 1_000, List.of(new HpaMetric(QUEUE, target)), AT_ONCE, DOWN_AT_ONCE);
  }

  private static HpaSpec queueAndBusy(ScalingRules up, ScalingRules down) {
    return new HpaSpec(
        2,
        12,
        List.of(
            new HpaMetric(QUEUE, new MetricTarget.AverageValue(10_000)),
            new HpaMetric(BUSY, new MetricTarget.AverageValue(1_000))),
        up,
        down);
  }

  private static Map<String, MetricReading> queue(long milli) {
    return Map.of(QUEUE, new MetricReading.Read(milli));
  }

  private static Map<String, MetricReading> values(int messages, int busy) {
    return Map.of(
        QUEUE, new MetricReading.Read(messages * 1_000L),
        BUSY, new MetricReading.Read(busy * 1_000L));
  }

  private static HpaDecision decide(HpaSpec spec, int current, Map<String, MetricReading> values) {
    return Hpa.decide(spec, Replicas.settled(current), values, HpaState.EMPTY, T0);
  }

  @ParameterizedTest
  @CsvSource({
    // usage, target, status replicas: ratio = usage / (target * S); outside: ceil(usage / target)
    "120000, 10000,  2, 12",
    "119001, 10000,  2, 12",
    "120001, 10000,  2, 13",
    "110000, 10000, 10, 10", // 1.1 is still within tolerance
    "110001, 10000, 10, 12", // and this is not
    " 90000, 10000, 10, 10",
    " 89999, 10000, 10,  9",
    "     0, 10000, 10,  0",
    "     1, 10000, 10,  1", // any positive value keeps one
    "  1500,   500,  1,  3",
    "     1, 10000,  0,  1", // from 0: infinity is outside the tolerance
    "     0, 10000,  0,  0", // and so is 0 of 0
  })
  void decide_averageValue_asTheController(long milli, long target, int status, int expected) {
    var decision = decide(spec(new MetricTarget.AverageValue(target)), status, queue(milli));
    assertThat(decision.desired()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    // usage, target, spec, ready: ratio = usage / target; outside: ceil(ratio * ready)
    "20000, 10000, 4, 4, 8",
    "20000, 10000, 4, 3, 6",
    "11000, 10000, 4, 3, 4", // within tolerance the wanted replicas stay
    "11001, 10000, 4, 4, 5",
    " 9000, 10000, 4, 4, 4",
    " 5000, 10000, 4, 4, 2",
    "    0, 10000, 4, 4, 0",
    "    1, 10000, 0, 0, 1",
    "25000, 10000, 0, 0, 3",
    "    0, 10000, 0, 0, 0",
  })
  void decide_value_asTheController(long milli, long target, int wanted, int ready, int expected) {
    var decision =
        Hpa.decide(
            spec(new MetricTarget.Value(target)),
            new Replicas(wanted, wanted, ready),
            queue(milli),
            HpaState.EMPTY,
            T0);
    assertThat(decision.desired()).isEqualTo(expected);
  }

  @Test
  void decide_ownTolerance_replacesTheControllers() {
    var up = new ScalingRules(Duration.ZERO, AT_ONCE.policies(), SelectPolicy.MAX, 0);
    var down = new ScalingRules(Duration.ZERO, DOWN_AT_ONCE.policies(), SelectPolicy.MAX, 0.5);
    var spec =
        new HpaSpec(
            0, 100, List.of(new HpaMetric(QUEUE, new MetricTarget.AverageValue(1_000))), up, down);
    assertThat(decide(spec, 20, queue(21_000)).desired()).isEqualTo(21);
    assertThat(decide(spec, 20, queue(10_000)).desired()).isEqualTo(20);
    assertThat(decide(spec, 20, queue(9_999)).desired()).isEqualTo(10);
  }

  @Test
  void decide_oneMetricMissing_theOtherMayStillSayStay() {
    var stays =
        decide(queueAndBusy(AT_ONCE, DOWN_AT_ONCE), 4, Map.of(BUSY, new MetricReading.Read(4_000)));
    assertThat(stays.reason()).isEqualTo(new Reason.ByMetrics(BUSY, 4, 4, Limit.NONE));
  }

  @Test
  void decide_justAsFarAsTheRateLets_isNotLimited() {
    var fours =
        new ScalingRules(
            Duration.ZERO,
            List.of(new RatePolicy.Pods(4, Duration.ofSeconds(15))),
            SelectPolicy.MAX,
            ScalingRules.DEFAULT_TOLERANCE);
    assertThat(decide(queueAndBusy(fours, fours), 4, values(80, 0)).reason())
        .isEqualTo(new Reason.ByMetrics(QUEUE, 8, 8, Limit.NONE));
    assertThat(decide(queueAndBusy(fours, fours), 8, values(40, 0)).reason())
        .isEqualTo(new Reason.ByMetrics(QUEUE, 4, 4, Limit.NONE));
    assertThat(decide(queueAndBusy(fours, fours), 6, values(0, 0)).reason())
        .isEqualTo(new Reason.ByMetrics(QUEUE, 0, 0, Limit.MIN_REPLICAS));
  }

  @Test
  void decide_severalMetrics_largestProposalWins() {
    var drained = decide(queueAndBusy(AT_ONCE, DOWN_AT_ONCE), 12, values(0, 11));
    assertThat(drained.desired()).isEqualTo(12); // 11 of 12 is within tolerance
    assertThat(drained.reason()).isEqualTo(new Reason.ByMetrics(BUSY, 12, 12, Limit.NONE));

    var spike = decide(queueAndBusy(AT_ONCE, DOWN_AT_ONCE), 2, values(70, 2));
    assertThat(spike.desired()).isEqualTo(7);
    assertThat(spike.reason()).isEqualTo(new Reason.ByMetrics(QUEUE, 7, 7, Limit.NONE));
    assertThat(spike.proposals())
        .containsExactly(
            new MetricProposal.Replicas(
                new HpaMetric(QUEUE, new MetricTarget.AverageValue(10_000)), 70_000, 3.5, false, 7),
            new MetricProposal.Replicas(
                new HpaMetric(BUSY, new MetricTarget.AverageValue(1_000)), 2_000, 1, true, 2));
  }

  @Test
  void decide_beyondBounds_clampedAndSaid() {
    var spec = queueAndBusy(AT_ONCE, DOWN_AT_ONCE);
    var up = decide(spec, 2, values(5_000, 2));
    assertThat(up.desired()).isEqualTo(12);
    assertThat(up.reason()).isEqualTo(new Reason.ByMetrics(QUEUE, 500, 500, Limit.MAX_REPLICAS));
    var down = decide(spec, 12, values(0, 0));
    assertThat(down.desired()).isEqualTo(2);
    assertThat(down.reason()).isEqualTo(new Reason.ByMetrics(QUEUE, 0, 0, Limit.MIN_REPLICAS));
  }

  @Test
  void decide_currentOutsideBounds_movedInWithoutMetrics() {
    var spec = queueAndBusy(AT_ONCE, DOWN_AT_ONCE);
    var below = decide(spec, 1, Map.of());
    assertThat(below.desired()).isEqualTo(2);
    assertThat(below.reason()).isEqualTo(new Reason.OutOfBounds());
    assertThat(below.proposals()).isEmpty();
    assertThat(decide(spec, 15, Map.of()).desired()).isEqualTo(12);
  }

  @Test
  void decide_atZeroWithMinimum_staysSwitchedOff() {
    var decision = decide(queueAndBusy(AT_ONCE, DOWN_AT_ONCE), 0, values(500, 0));
    assertThat(decision.desired()).isZero();
    assertThat(decision.reason()).isEqualTo(new Reason.SwitchedOff());
  }

  @Test
  void decide_nothingKnown_holds() {
    var decision =
        decide(
            queueAndBusy(AT_ONCE, DOWN_AT_ONCE),
            5,
            Map.of(QUEUE, new MetricReading.Missing("gone")));
    assertThat(decision.desired()).isEqualTo(5);
    assertThat(decision.reason()).isEqualTo(new Reason.Hold());
    assertThat(decision.proposals())
        .first()
        .isInstanceOfSatisfying(
            MetricProposal.None.class, none -> assertThat(none.why()).isEqualTo("gone"));
  }

  @Test
  void decide_oneMetricMissing_onlyUp() {
    var spec = queueAndBusy(AT_ONCE, DOWN_AT_ONCE);
    assertThat(decide(spec, 5, queue(90_000)).desired()).isEqualTo(9);
    var down = decide(spec, 5, queue(10_000));
    assertThat(down.desired()).isEqualTo(5);
    assertThat(down.reason()).isEqualTo(new Reason.Hold());
  }

  @Test
  void decide_defaultUpRate_doublesOrFourMore() {
    var spec = queueAndBusy(ScalingRules.DEFAULT_UP, DOWN_AT_ONCE);
    var first = decide(spec, 2, values(500, 2));
    assertThat(first.desired()).isEqualTo(6);
    assertThat(first.reason()).isEqualTo(new Reason.ByMetrics(QUEUE, 50, 50, Limit.SCALE_UP_RATE));
    // Within the period the start was 2, so nothing more is allowed ...
    var second = again(spec, first, values(500, 6), Duration.ofSeconds(14));
    assertThat(second.desired()).isEqualTo(6);
    // ... and after it, 6 may double.
    var third = again(spec, second, values(500, 6), Duration.ofSeconds(16));
    assertThat(third.desired()).isEqualTo(12);
    assertThat(third.reason()).isEqualTo(new Reason.ByMetrics(QUEUE, 50, 50, Limit.MAX_REPLICAS));
  }

  @Test
  void decide_selectPolicy_minAndDisabled() {
    List<RatePolicy> policies =
        List.of(
            new RatePolicy.Percent(100, Duration.ofSeconds(15)),
            new RatePolicy.Pods(4, Duration.ofSeconds(15)));
    var slow = new ScalingRules(Duration.ZERO, policies, SelectPolicy.MIN, 0.1);
    var never = new ScalingRules(Duration.ZERO, List.of(), SelectPolicy.DISABLED, 0.1);
    assertThat(decide(queueAndBusy(slow, slow), 2, values(500, 2)).desired()).isEqualTo(4);
    assertThat(decide(queueAndBusy(slow, slow), 12, values(0, 0)).desired()).isEqualTo(8);
    assertThat(decide(queueAndBusy(never, never), 3, values(500, 2)).desired()).isEqualTo(3);
    var kept = decide(queueAndBusy(never, never), 12, values(0, 0));
    assertThat(kept.desired()).isEqualTo(12);
    assertThat(kept.reason()).isEqualTo(new Reason.ByMetrics(QUEUE, 0, 0, Limit.SCALE_DOWN_RATE));
  }

  @Test
  void decide_downRate_countsRemovalsWithinThePeriod() {
    var two =
        new ScalingRules(
            Duration.ZERO,
            List.of(
                new RatePolicy.Pods(2, Duration.ofSeconds(10)),
                new RatePolicy.Percent(10, Duration.ofSeconds(10))),
            SelectPolicy.MAX,
            0.1);
    var spec = queueAndBusy(AT_ONCE, two);
    var first = decide(spec, 12, values(0, 0));
    assertThat(first.desired()).isEqualTo(10);
    var second = again(spec, first, values(0, 0), Duration.ofSeconds(5));
    assertThat(second.desired()).isEqualTo(10);
    var third = again(spec, second, values(0, 0), Duration.ofSeconds(11));
    assertThat(third.desired()).isEqualTo(8);
  }

  @Test
  void decide_stabilizationDown_highestWithinTheWindowWins() {
    var calm =
        new ScalingRules(Duration.ofSeconds(30), DOWN_AT_ONCE.policies(), SelectPolicy.MAX, 0.1);
    var spec = queueAndBusy(AT_ONCE, calm);
    var high = decide(spec, 12, values(120, 12));
    var held = again(spec, high, values(0, 0), Duration.ofSeconds(29));
    assertThat(held.desired()).isEqualTo(12);
    assertThat(held.reason()).isEqualTo(new Reason.ByMetrics(QUEUE, 0, 12, Limit.NONE));
    var released = again(spec, held, values(0, 0), Duration.ofSeconds(30));
    assertThat(released.desired()).isEqualTo(2);
  }

  @Test
  void decide_stabilizationUp_lowestWithinTheWindowWins() {
    var calm = new ScalingRules(Duration.ofSeconds(30), AT_ONCE.policies(), SelectPolicy.MAX, 0.1);
    var spec = queueAndBusy(calm, DOWN_AT_ONCE);
    var quiet = decide(spec, 2, values(0, 2));
    var held = again(spec, quiet, values(120, 2), Duration.ofSeconds(29));
    assertThat(held.desired()).isEqualTo(2);
    var released = again(spec, held, values(120, 2), Duration.ofSeconds(31));
    assertThat(released.desired()).isEqualTo(12);
  }

  @Test
  void decide_firstEvaluation_currentCountsAsRecommended() {
    var spec = queueAndBusy(AT_ONCE, ScalingRules.DEFAULT_DOWN);
    var first = decide(spec, 9, values(0, 0));
    assertThat(first.desired()).isEqualTo(9);
    assertThat(again(spec, first, values(0, 0), Duration.ofMinutes(5)).desired()).isEqualTo(2);
  }

  @Test
  void decide_longRun_stateStaysBounded() {
    var spec = queueAndBusy(ScalingRules.DEFAULT_UP, ScalingRules.DEFAULT_DOWN);
    var decision = decide(spec, 2, values(0, 0));
    for (int i = 1; i <= 1_000; i++) {
      decision =
          again(spec, decision, values(i % 2 == 0 ? 120 : 0, 0), Duration.ofSeconds(15L * i));
    }
    assertThat(decision.next().recommendations()).hasSizeLessThanOrEqualTo(20);
    assertThat(decision.next().changes()).hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void decide_hugeValues_saturate() {
    var decision = decide(spec(new MetricTarget.AverageValue(1)), 1_000, queue(Long.MAX_VALUE));
    assertThat(decision.desired()).isEqualTo(1_000);
    assertThat(decision.reason())
        .isEqualTo(
            new Reason.ByMetrics(QUEUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Limit.MAX_REPLICAS));
  }

  @Test
  void records_whatTheApiServerRefuses_refused() {
    List<HpaMetric> metrics = List.of(new HpaMetric(QUEUE, new MetricTarget.Value(1)));
    assertThatThrownBy(() -> new MetricTarget.Value(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new MetricTarget.AverageValue(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new MetricReading.Read(-1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Replicas(-1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Replicas(0, -1, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Replicas(0, 0, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RatePolicy.Pods(0, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RatePolicy.Percent(1, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HpaSpec(0, 1, List.of(), AT_ONCE, AT_ONCE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HpaSpec(3, 2, metrics, AT_ONCE, AT_ONCE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HpaSpec(-1, 2, metrics, AT_ONCE, AT_ONCE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ScalingRules(Duration.ZERO, List.of(), SelectPolicy.MAX, 0.1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new ScalingRules(Duration.ZERO, AT_ONCE.policies(), SelectPolicy.MAX, -0.1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new ScalingRules(Duration.ofSeconds(-1), AT_ONCE.policies(), SelectPolicy.MAX, 0.1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static HpaDecision again(
      HpaSpec spec, HpaDecision last, Map<String, MetricReading> values, Duration sinceStart) {
    return Hpa.decide(
        spec, Replicas.settled(last.desired()), values, last.next(), T0.plus(sinceStart));
  }
}
