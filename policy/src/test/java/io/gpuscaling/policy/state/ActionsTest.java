package io.gpuscaling.policy.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ActionsTest {

  private static final Instant START = Instant.parse("2026-03-02T12:00:00Z");

  @Test
  void changes_areForgottenWhenNobodyAsksForThem_andNeverTooMany() {
    Actions actions = Actions.NONE;
    for (int i = 0; i < 2 * Actions.MAX_CHANGES; i++) {
      actions = actions.withChange(new Change(START.plusSeconds(i), i, i + 1, false), START);
    }
    assertThat(actions.changes()).hasSize(Actions.MAX_CHANGES);
    assertThat(actions.changes().getLast().to()).isEqualTo(2 * Actions.MAX_CHANGES);
    actions =
        actions.withChange(new Change(START.plusSeconds(999), 9, 8, false), START.plusSeconds(495));
    assertThat(actions.changes()).hasSize(5);
  }

  @Test
  void moved_countsOneDirectionWithinThePeriod() {
    Actions actions =
        Actions.NONE
            .withChange(new Change(START, 2, 5, false), Instant.EPOCH)
            .withChange(new Change(START.plusSeconds(30), 5, 4, false), Instant.EPOCH)
            .withChange(new Change(START.plusSeconds(60), 4, 6, true), Instant.EPOCH);
    assertThat(actions.moved(true, Duration.ofMinutes(1), START.plusSeconds(59))).isEqualTo(5);
    assertThat(actions.moved(true, Duration.ofMinutes(1), START.plusSeconds(60))).isEqualTo(2);
    assertThat(actions.moved(false, Duration.ofMinutes(1), START.plusSeconds(60))).isEqualTo(1);
    assertThat(actions.lastUp()).contains(START.plusSeconds(60));
    assertThat(actions.last()).contains(START.plusSeconds(60));
    assertThat(Actions.NONE.lastUp()).isEmpty();
    assertThat(Actions.NONE.last()).isEmpty();
  }
}
