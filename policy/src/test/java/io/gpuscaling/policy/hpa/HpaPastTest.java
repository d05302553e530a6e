package io.gpuscaling.policy.hpa;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class HpaPastTest {

  private static final Instant WATCHED = Instant.parse("2026-03-01T10:00:00Z");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void changeBeforeTheWatch_mayBeRemembered_untilItsPeriodAndTheMarginAreOver() {
    HpaPast past = HpaPast.from(WATCHED).with(Optional.of(WATCHED.minusSeconds(10)));
    Instant end = WATCHED.minusSeconds(10).plus(MINUTE).plus(HpaPast.MARGIN);
    assertThat(past.unseenUntil(MINUTE, WATCHED)).contains(end);
    assertThat(past.unseenUntil(MINUTE, end.minusMillis(1))).contains(end);
    assertThat(past.unseenUntil(MINUTE, end)).isEmpty();
  }

  @Test
  void hpaThatNeverScaled_remembersNothing() {
    assertThat(HpaPast.from(WATCHED).unseenUntil(MINUTE, WATCHED)).isEmpty();
  }
}
