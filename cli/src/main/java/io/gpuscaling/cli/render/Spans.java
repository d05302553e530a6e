package io.gpuscaling.cli.render;

import io.gpuscaling.policy.explain.Sentences;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** Lengths of time as people read them. */
final class Spans {

  private Spans() {}

  /** From one instant to a later one; empty when one is not known. */
  static String between(Optional<Instant> from, Optional<Instant> to) {
    return from.isPresent() && to.isPresent()
        ? Sentences.duration(Duration.between(from.get(), to.get()))
        : "";
  }

  /** Such as {@code 2026-11-25T03:12:00Z (2m0s ago)}. */
  static String ago(Optional<Instant> instant, Instant now) {
    return instant.map(it -> it + " (" + relative(it, now) + ")").orElse("");
  }

  /** Such as {@code 2m0s}; empty when it is not known. */
  static String seconds(OptionalInt seconds) {
    return seconds.isPresent() ? Sentences.duration(Duration.ofSeconds(seconds.getAsInt())) : "";
  }

  private static String relative(Instant instant, Instant now) {
    return instant.isAfter(now)
        ? "in " + Sentences.duration(Duration.between(now, instant))
        : Sentences.duration(Duration.between(instant, now)) + " ago";
  }
}
