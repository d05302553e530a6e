package io.gpuscaling.cli;

import io.gpuscaling.kubernetes.resource.Moment;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;

/** A time as people type it: {@code 03:12}, {@code 2026-11-25T03:12} or with an offset. */
final class PastMoment {

  /** What is understood. */
  static final String ALLOWED = "must be a time such as 03:12 or 2026-11-25T03:12:00Z";

  private PastMoment() {}

  /**
   * The instant that is meant: a time of day is that of today, or of yesterday where today's is
   * still to come.
   *
   * @param zone of what is typed without an offset
   */
  static Optional<Instant> parse(String text, Instant now, ZoneId zone) {
    try {
      if (text.indexOf('T') >= 0) {
        Optional<Instant> exact = Moment.parse(text);
        return exact.isPresent()
            ? exact
            : Optional.of(LocalDateTime.parse(text).atZone(zone).toInstant());
      }
      ZonedDateTime here = now.atZone(zone);
      ZonedDateTime today = here.toLocalDate().atTime(LocalTime.parse(text)).atZone(zone);
      return Optional.of(today.isAfter(here) ? yesterday(today).toInstant() : today.toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static ZonedDateTime yesterday(ZonedDateTime today) {
    return today.minusDays(1);
  }
}
