package io.gpuscaling.policy.degrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.policy.engine.Decision;
import io.gpuscaling.policy.engine.Decision.Phase;
import io.gpuscaling.policy.engine.Reason;
import io.gpuscaling.policy.spec.Degradation;
import io.gpuscaling.policy.spec.WorkloadClass;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DegradingTest {

  private static final Instant START = Instant.parse("2026-03-02T12:00:00Z");
  private static final Degradation DEGRADATION =
      new Degradation(Duration.ofMinutes(5), Duration.ofMinutes(10));

  @Test
  void atTheLimitForLong_risesOneStepAtATime_backgroundFirst() {
    DegradationState state = DegradationState.NONE;
    state = run(state, 0, 4, true);
    assertThat(state.level()).isZero();
    state = run(state, 5, 5, true);
    assertThat(classes(state)).containsExactly("normal", "normal", "queue");
    state = run(state, 6, 10, true);
    assertThat(classes(state)).containsExactly("normal", "queue", "throttle");
    state = run(state, 11, 15, true);
    assertThat(classes(state)).containsExactly("queue", "throttle", "off");
    state = run(state, 16, 60, true);
    assertThat(state.level()).isEqualTo(DegradationState.MAX_LEVEL);
  }

  @Test
  void pressureEnds_fallsOneStepAtATime_laterThanItRose() {
    DegradationState state = run(DegradationState.NONE, 0, 10, true);
    assertThat(state.level()).isEqualTo(2);
    state = run(state, 11, 20, false);
    assertThat(state.level()).isEqualTo(2);
    state = run(state, 21, 21, false);
    assertThat(state.level()).isEqualTo(1);
    state = run(state, 22, 31, false);
    assertThat(state.level()).isZero();
    assertThat(run(state, 32, 32, false)).isEqualTo(DegradationState.NONE);
  }

  @Test
  void pressureInterrupted_beginsAnew() {
    DegradationState state = run(DegradationState.NONE, 0, 4, true);
    state = run(state, 5, 5, false);
    state = run(state, 6, 10, true);
    assertThat(state.level()).isZero();
    assertThat(run(state, 11, 11, true).level()).isEqualTo(1);
  }

  @Test
  void degradeRuleBreached_risesToo() {
    DegradationState state = DegradationState.NONE;
    for (int minute = 0; minute <= 5; minute++) {
      state = Degrading.next(DEGRADATION, decision(minute, false, true), state);
    }
    assertThat(state.level()).isEqualTo(1);
  }

  @Test
  void levels_haveBounds() {
    assertThatThrownBy(
            () -> new DegradationState(4, Optional.empty(), Optional.empty(), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new DegradationState(-1, Optional.empty(), Optional.empty(), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static DegradationState run(DegradationState state, int from, int to, boolean atLimit) {
    DegradationState next = state;
    for (int minute = from; minute <= to; minute++) {
      next = Degrading.next(DEGRADATION, decision(minute, atLimit, false), next);
    }
    return next;
  }

  private static List<String> classes(DegradationState state) {
    return List.of(WorkloadClass.CRITICAL, WorkloadClass.NORMAL, WorkloadClass.BACKGROUND).stream()
        .map(it -> state.of(it).word())
        .toList();
  }

  private static Decision decision(int minute, boolean atLimit, boolean degraded) {
    return new Decision(
        START.plus(Duration.ofMinutes(minute)),
        4,
        4,
        Phase.HELD,
        Reason.AT_MAXIMUM,
        Optional.empty(),
        Optional.empty(),
        2,
        4,
        List.of(),
        List.of(),
        atLimit,
        degraded,
        false);
  }
}
