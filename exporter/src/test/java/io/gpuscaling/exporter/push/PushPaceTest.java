package io.gpuscaling.exporter.push;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PushPaceTest {

  private static final long START = Long.MAX_VALUE - 5; // overflows soon
  private static final int IDLE_MILLIS = 15_000;

  private final PushPace pace = new PushPace(START, IDLE_MILLIS);

  @Test
  void isFullDue_start_isAtOnce() {
    assertThat(pace.nanosUntilDue(START, true)).isNotPositive();
    assertThat(pace.isFullDue(START, true)).isTrue();
  }

  @ParameterizedTest
  // The last two are 2^31 and 2^32 - 1: the field is unsigned.
  @CsvSource({
    "15000,5000",
    "0,10000",
    "1,100",
    "300,100",
    "600,200",
    "900000,10000",
    "-2147483648,10000",
    "-1,10000"
  })
  void nanosUntilDue_nothingChanges_isAThirdOfTheIdleTimeoutWithinBounds(int idle, long millis) {
    var other = new PushPace(START, idle);
    other.sent(START, true);
    assertThat(other.nanosUntilDue(START, false)).isEqualTo(Duration.ofMillis(millis).toNanos());
  }

  @Test
  void nanosUntilLook_changesComeTogether_isOnceInTheirTime() {
    assertThat(pace.nanosUntilLook(START)).isNotPositive();
    pace.looked(START);

    long soon = START + PushPace.COALESCE.toNanos() - 1;
    assertThat(pace.nanosUntilLook(soon)).isEqualTo(1);
    assertThat(pace.nanosUntilLook(soon + 1)).isZero();
  }

  @Test
  void nanosUntilLook_changeComesAlone_isNone() {
    pace.looked(START);

    assertThat(pace.nanosUntilLook(START + Duration.ofSeconds(1).toNanos())).isNotPositive();
  }

  @Test
  void mayHeartbeat_observedAgainAndAgain_isOnceASecond() {
    pace.sent(START, true);
    int sent = 0;
    for (int millis = 0; millis < 10_000; millis += 10) {
      long now = START + Duration.ofMillis(millis).toNanos();
      if (pace.mayHeartbeat(now)) {
        pace.sent(now, false);
        sent++;
      }
    }
    assertThat(sent).isEqualTo(9);
  }

  @Test
  void nanosUntilDue_heartbeatHeldBack_isWhatIsLeftOfTheSecond() {
    pace.sent(START, true);
    long now = START + Duration.ofMillis(300).toNanos();
    assertThat(pace.mayHeartbeat(now)).isFalse();
    assertThat(pace.nanosUntilDue(now, false)).isEqualTo(Duration.ofMillis(700).toNanos());

    long due = now + Duration.ofMillis(700).toNanos();
    assertThat(pace.mayHeartbeat(due)).isTrue();
    pace.sent(due, false);
    assertThat(pace.nanosUntilDue(due, false)).isEqualTo(Duration.ofSeconds(5).toNanos());
  }

  @Test
  void isFullDue_askedForAgainAndAgain_isOnceASecond() {
    pace.sent(START, true);
    long soon = START + PushPace.MIN_FULL_INTERVAL.toNanos() - 1;
    assertThat(pace.isFullDue(soon, true)).isFalse();
    assertThat(pace.nanosUntilDue(soon, true)).isEqualTo(1);
    assertThat(pace.isFullDue(soon + 1, true)).isTrue();
    assertThat(pace.isFullDue(soon + 1, false)).isFalse();
  }

  @Test
  void isFullDue_nobodyAsks_isAtTheInterval() {
    pace.sent(START, true);
    long last = START + PushPace.FULL_INTERVAL.toNanos();
    pace.sent(last - 1_000, false);
    assertThat(pace.isFullDue(last - 1, false)).isFalse();
    assertThat(pace.nanosUntilDue(last - 1, false)).isEqualTo(1);
    assertThat(pace.isFullDue(last, false)).isTrue();
    pace.sent(last, true);
    assertThat(pace.isFullDue(last, false)).isFalse();
  }
}
