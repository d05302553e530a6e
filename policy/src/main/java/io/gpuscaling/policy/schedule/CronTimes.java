package io.gpuscaling.policy.schedule;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;

/**
 * The minutes of a cron expression with the five fields of Unix, on the clocks of a time zone. A
 * minute that the clocks leave out (spring) counts as the first one after the gap, a minute that
 * comes twice (autumn) only the first time.
 */
public final class CronTimes {

  private static final CronDefinition UNIX =
      CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);

  /** No zone has ever moved its clocks by more at once. */
  private static final int LONGEST_SHIFT_HOURS = 25;

  private final String expression;
  private final ExecutionTime times;
  private final ZoneRules zone;

  private CronTimes(String expression, Cron cron, ZoneRules zone) {
    this.expression = expression;
    this.times = ExecutionTime.forCron(cron);
    this.zone = zone;
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException with a sentence for people when it is none
   */
  public static CronTimes parse(String expression, ZoneId zone) {
    return new CronTimes(expression, new CronParser(UNIX).parse(expression), zone.getRules());
  }

  /** The last of these minutes that is not after an instant, if there is any. */
  public Optional<Instant> lastUpTo(Instant now) {
    // From beyond the clock's reading: after the clocks went back, minutes ahead on the clock have
    // been already.
    LocalDateTime from = local(now).plusHours(LONGEST_SHIFT_HOURS);
    Optional<LocalDateTime> candidate = last(from);
    while (candidate.isPresent()) {
      Instant instant = instant(candidate.get());
      if (!instant.isAfter(now)) {
        return Optional.of(instant);
      }
      candidate = last(candidate.get());
    }
    return Optional.empty();
  }

  /** The first of these minutes after an instant, if there is any. */
  public Optional<Instant> firstAfter(Instant now) {
    LocalDateTime from = local(now).minusHours(LONGEST_SHIFT_HOURS);
    Optional<LocalDateTime> candidate = next(from);
    while (candidate.isPresent()) {
      Instant instant = instant(candidate.get());
      if (instant.isAfter(now)) {
        return Optional.of(instant);
      }
      candidate = next(candidate.get());
    }
    return Optional.empty();
  }

  private Optional<LocalDateTime> last(LocalDateTime before) {
    return times.lastExecution(before.atZone(ZoneOffset.UTC)).map(it -> it.toLocalDateTime());
  }

  private Optional<LocalDateTime> next(LocalDateTime after) {
    return times.nextExecution(after.atZone(ZoneOffset.UTC)).map(it -> it.toLocalDateTime());
  }

  private LocalDateTime local(Instant instant) {
    return LocalDateTime.ofInstant(instant, zone.getOffset(instant));
  }

  private Instant instant(LocalDateTime local) {
    ZoneOffsetTransition transition = zone.getTransition(local);
    if (transition != null && transition.isGap()) {
      return transition.getInstant();
    }
    return local.toInstant(
        transition == null ? zone.getOffset(local) : transition.getOffsetBefore());
  }

  /** The expression as it was written. */
  @Override
  public String toString() {
    return expression;
  }
}
