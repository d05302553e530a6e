package io.gpuscaling.policy.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A time that comes again and again.
 *
 * @param start when it begins
 * @param end when it ends
 */
public record Recurrence(CronTimes start, End end) {

  /** How a window ends. */
  public sealed interface End {
    /** At the first of these minutes after its start. */
    record At(CronTimes times) implements End {}

    /** So long after its start; positive. */
    record After(Duration duration) implements End {}
  }

  /** Whether it has begun and not yet ended. The minute of its end is outside. */
  public boolean isActive(Instant now) {
    Optional<Instant> began = start.lastUpTo(now);
    if (began.isEmpty()) {
      return false;
    }
    return switch (end) {
      case End.After(Duration duration) -> now.isBefore(began.get().plus(duration));
      case End.At(CronTimes times) ->
          times.lastUpTo(now).map(ended -> ended.isBefore(began.get())).orElse(true);
    };
  }

  /** The first instant after {@code now} at which it may begin or end, if any. */
  Optional<Instant> nextChange(Instant now) {
    Stream<Optional<Instant>> ends =
        switch (end) {
          case End.At(CronTimes times) -> Stream.of(times.firstAfter(now));
          case End.After(Duration duration) ->
              Stream.of(
                  start.lastUpTo(now).map(it -> it.plus(duration)).filter(it -> it.isAfter(now)));
        };
    return Stream.concat(Stream.of(start.firstAfter(now)), ends)
        .flatMap(Optional::stream)
        .min(Instant::compareTo);
  }
}
