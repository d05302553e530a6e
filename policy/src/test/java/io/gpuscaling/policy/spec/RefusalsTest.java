package io.gpuscaling.policy.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.policy.spec.Rates.Rate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What no policy may be is refused where it is made, so that the engine need not ask. */
final class RefusalsTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  static Stream<ThrowingCallable> impossible() {
    return Stream.of(
        () -> new Bounds(-1, 3),
        () -> new Bounds(4, 3),
        () -> new Step.Fixed(0),
        () -> new Step.Percentage(0),
        () -> new Step.Percentage(Double.NaN),
        () -> new Step.Percentage(Double.POSITIVE_INFINITY),
        () -> new Step.Ladder(true, List.of()),
        () -> new Step.Ladder(true, List.of(new Step.Ladder.Rung(1, 0))),
        () -> new Threshold(Operator.LESS_THAN, Double.NaN, new Step.Fixed(1)),
        () -> new Response.Thresholds(Optional.empty(), Optional.empty()),
        () -> new Response.Proportional(0, OptionalInt.empty(), OptionalInt.empty()),
        () ->
            new Response.Proportional(
                Double.POSITIVE_INFINITY, OptionalInt.empty(), OptionalInt.empty()),
        () -> new Cooldown(MINUTE.negated(), MINUTE),
        () -> new Cooldown(MINUTE, MINUTE.negated()),
        () -> new Rate(0, MINUTE),
        () -> new Rate(1, Duration.ZERO),
        () -> new Breaker(0, 1, MINUTE),
        () -> new Breaker(1, 0, MINUTE),
        () -> new Breaker(1, 1, Duration.ZERO),
        () -> new Fallback.AtLeast(0),
        () -> new VramGate.AutoscaledPool(0),
        () -> new Degradation(Duration.ZERO, MINUTE),
        () -> new Degradation(MINUTE, Duration.ZERO),
        () -> rule(0, 1),
        () -> rule(2, 0),
        () -> rule(2, 3));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void isRefused(ThrowingCallable construction) {
    assertThatThrownBy(construction).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSmallestOfEach_isAllowed() {
    assertThat(new Fallback.AtLeast(1).replicas()).isEqualTo(1);
    assertThat(new VramGate.AutoscaledPool(1).maxPending()).isEqualTo(1);
    assertThat(new Step.Ladder(true, List.of(new Step.Ladder.Rung(1, 1))).replicas(9, 1))
        .isEqualTo(1);
  }

  @Test
  void vramGate_withoutASize_countsWholeGpus() {
    assertThat(new VramGate.Off().size()).isEmpty();
    assertThat(new VramGate.FixedPool().size()).isEmpty();
    assertThat(new VramGate.AutoscaledPool(Optional.of("sdxl"), 2).size()).contains("sdxl");
  }

  @Test
  void ladderDownwards_theLowerTheLarger() {
    Step ladder =
        new Step.Ladder(false, List.of(new Step.Ladder.Rung(1, 4), new Step.Ladder.Rung(10, 2)));
    assertThat(ladder.replicas(9, 9.5)).isEqualTo(2);
    assertThat(ladder.replicas(9, 1)).isEqualTo(4);
    assertThat(ladder.replicas(9, 11)).isEqualTo(2);
  }

  @Test
  void operators_compareAsTheyAreWritten() {
    assertThat(Operator.GREATER_THAN.holds(1, 1)).isFalse();
    assertThat(Operator.GREATER_THAN_OR_EQUAL.holds(1, 1)).isTrue();
    assertThat(Operator.LESS_THAN.holds(1, 1)).isFalse();
    assertThat(Operator.LESS_THAN_OR_EQUAL.holds(1, 1)).isTrue();
    assertThat(Operator.LESS_THAN_OR_EQUAL.holds(2, 1)).isFalse();
    assertThat(Stream.of(Operator.values()).map(Operator::sign))
        .containsExactly(">", ">=", "<", "<=");
  }

  private static Rule rule(int periods, int points) {
    return new Rule(
        "r",
        new MetricRef.OfTarget("m"),
        new Response.Proportional(1, OptionalInt.empty(), OptionalInt.empty()),
        periods,
        points,
        Optional.empty(),
        Rule.Effect.SCALE);
  }
}
