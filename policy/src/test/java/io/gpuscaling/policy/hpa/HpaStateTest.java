package io.gpuscaling.policy.hpa;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.policy.hpa.HpaState.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HpaStateTest {

  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void changed_countsOneDirection_withinThePeriod() {
    HpaState state =
        new HpaState(
            List.of(),
            List.of(
                new Change(NOW.minus(MINUTE), 7),
                new Change(NOW.minusSeconds(59), 3),
                new Change(NOW.minusSeconds(30), -2),
                new Change(NOW, 1)));
    assertThat(state.changed(true, MINUTE, NOW)).isEqualTo(4);
    assertThat(state.changed(false, MINUTE, NOW)).isEqualTo(2);
  }
}
