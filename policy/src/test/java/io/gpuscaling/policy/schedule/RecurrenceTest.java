package io.gpuscaling.policy.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gpuscaling.policy.spec.Bounds;
import io.gpuscaling.policy.spec.ScheduleWindow;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RecurrenceTest {

  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @ParameterizedTest
  @CsvSource({
    "2026-03-02T01:59:59Z, false",
    "2026-03-02T02:00:00Z, true",
    "2026-03-02T05:59:59Z, true",
    "2026-03-02T06:00:00Z, false",
  })
  void from0200To0600Utc(Instant now, boolean isActive) {
    Recurrence night = between("0 2 * * *", "0 6 * * *", UTC);
    assertThat(night.isActive(now)).isEqualTo(isActive);
    Recurrence byDuration =
        new Recurrence(
            CronTimes.parse("0 2 * * *", UTC), new Recurrence.End.After(Duration.ofHours(4)));
    assertThat(byDuration.isActive(now)).isEqualTo(isActive);
  }

  @Test
  void timeThatNeverComes_isNeverActive() {
    assertThat(
            between("0 2 30 2 *", "0 6 * * *", UTC).isActive(Instant.parse("2026-03-02T03:00:00Z")))
        .isFalse();
  }

  @Test
  void nextChange_isNeverPast() {
    Recurrence night =
        new Recurrence(
            CronTimes.parse("0 2 * * *", UTC), new Recurrence.End.After(Duration.ofHours(4)));
    assertThat(night.nextChange(Instant.parse("2026-03-02T03:00:00Z")))
        .contains(Instant.parse("2026-03-02T06:00:00Z"));
    assertThat(night.nextChange(Instant.parse("2026-03-02T06:00:00Z")))
        .contains(Instant.parse("2026-03-03T02:00:00Z"));
  }

  @ParameterizedTest
  @CsvSource({
    // 2026-03-27 is a Friday.
    "2026-03-27T17:59:00Z, false",
    "2026-03-27T18:00:00Z, true",
    "2026-03-29T12:00:00Z, true",
    "2026-03-30T05:59:00Z, true",
    "2026-03-30T06:00:00Z, false",
  })
  void overTheWeekend(Instant now, boolean isActive) {
    assertThat(between("0 18 * * 5", "0 6 * * 1", UTC).isActive(now)).isEqualTo(isActive);
  }

  @Test
  void startInsideTheSpringGap_isTheNextMinuteThatExists() {
    // Clocks go from 02:00 to 03:00 at 01:00Z on 2026-03-29.
    CronTimes times = CronTimes.parse("30 2 * * *", BERLIN);
    assertThat(times.firstAfter(Instant.parse("2026-03-28T12:00:00Z")))
        .contains(Instant.parse("2026-03-29T01:00:00Z"));
    assertThat(times.lastUpTo(Instant.parse("2026-03-29T01:00:00Z")))
        .contains(Instant.parse("2026-03-29T01:00:00Z"));
    assertThat(times.lastUpTo(Instant.parse("2026-03-29T00:59:59Z")))
        .contains(Instant.parse("2026-03-28T01:30:00Z"));
  }

  @Test
  void startInsideTheAutumnOverlap_comesOnce() {
    // Clocks go from 03:00 back to 02:00 at 01:00Z on 2026-10-25.
    CronTimes times = CronTimes.parse("30 2 * * *", BERLIN);
    assertThat(times.firstAfter(Instant.parse("2026-10-24T12:00:00Z")))
        .contains(Instant.parse("2026-10-25T00:30:00Z"));
    assertThat(times.firstAfter(Instant.parse("2026-10-25T00:30:00Z")))
        .contains(Instant.parse("2026-10-26T01:30:00Z"));
    assertThat(times.lastUpTo(Instant.parse("2026-10-25T01:10:00Z")))
        .contains(Instant.parse("2026-10-25T00:30:00Z"));
  }

  @Test
  void windowOverTheAutumnOverlap_isActiveOnceAndWhole() {
    Recurrence night = between("0 2 * * *", "30 2 * * *", BERLIN);
    assertThat(night.isActive(Instant.parse("2026-10-25T00:29:00Z"))).isTrue();
    assertThat(night.isActive(Instant.parse("2026-10-25T01:10:00Z"))).isFalse();
  }

  @Test
  void dayOfMonthThatIsRare_isFoundYearsAhead() {
    CronTimes leapDay = CronTimes.parse("0 0 29 2 *", UTC);
    assertThat(leapDay.firstAfter(Instant.parse("2026-03-01T00:00:00Z")))
        .contains(Instant.parse("2028-02-29T00:00:00Z"));
    assertThat(leapDay.lastUpTo(Instant.parse("2026-03-01T00:00:00Z")))
        .contains(Instant.parse("2024-02-29T00:00:00Z"));
    assertThat(leapDay).hasToString("0 0 29 2 *");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "61 * * * *", "* * *", "0 0 * * MOO", "@sometimes", "0 0 0 0 0 0"})
  void parse_noCron_isRefusedWithASentence(String expression) {
    assertThatThrownBy(() -> CronTimes.parse(expression, UTC))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .isNotBlank();
  }

  @Test
  void schedule_firstActiveWindowWins_andKnowsHowLong() {
    ScheduleWindow day = window("day", between("0 8 * * *", "0 20 * * *", UTC));
    ScheduleWindow always = window("always", between("0 0 * * *", "59 23 * * *", UTC));
    Instant morning = Instant.parse("2026-03-02T09:00:00Z");
    Schedule.Active active = Schedule.at(List.of(day, always), morning);
    assertThat(active.window()).contains(day);
    assertThat(active.until()).isEqualTo(Instant.parse("2026-03-02T20:00:00Z"));
    assertThat(active.covers(active.until())).isFalse();
    assertThat(active.covers(morning)).isTrue();
    assertThat(active.covers(morning.minusSeconds(1))).isFalse();
    assertThat(Schedule.at(List.of(day, always), active.until()).window()).contains(always);
    assertThat(Schedule.at(List.of(day), active.until()).window()).isEmpty();
  }

  @Test
  void schedule_windowByDuration_endsBeforeTheNextStart() {
    ScheduleWindow hourly =
        window(
            "hourly",
            new Recurrence(
                CronTimes.parse("0 * * * *", UTC),
                new Recurrence.End.After(Duration.ofMinutes(10))));
    Schedule.Active active = Schedule.at(List.of(hourly), Instant.parse("2026-03-02T09:05:00Z"));
    assertThat(active.until()).isEqualTo(Instant.parse("2026-03-02T09:10:00Z"));
  }

  @Test
  void schedule_withoutWindows_holdsForever() {
    assertThat(Schedule.at(List.of(), Instant.EPOCH).until()).isEqualTo(Instant.MAX);
  }

  @Test
  void windowBounds_replaceWhatTheyName() {
    Bounds base = new Bounds(2, 10);
    assertThat(bounds(OptionalInt.of(4), OptionalInt.empty(), base)).isEqualTo(new Bounds(4, 10));
    assertThat(bounds(OptionalInt.of(20), OptionalInt.empty(), base)).isEqualTo(new Bounds(20, 20));
    assertThat(bounds(OptionalInt.empty(), OptionalInt.of(1), base)).isEqualTo(new Bounds(1, 1));
    assertThat(bounds(OptionalInt.of(0), OptionalInt.of(0), base)).isEqualTo(new Bounds(0, 0));
  }

  private static Bounds bounds(OptionalInt min, OptionalInt max, Bounds base) {
    return new ScheduleWindow(
            "w", between("0 2 * * *", "0 6 * * *", UTC), min, max, Map.of(), false, false)
        .bounds(base);
  }

  private static ScheduleWindow window(String name, Recurrence when) {
    return new ScheduleWindow(
        name, when, OptionalInt.empty(), OptionalInt.empty(), Map.of(), false, false);
  }

  private static Recurrence between(String start, String end, ZoneId zone) {
    return new Recurrence(
        CronTimes.parse(start, zone), new Recurrence.End.At(CronTimes.parse(end, zone)));
  }
}
