package io.gpuscaling.adapter.ingest;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How long streams may live before their exporters must authenticate again: the longest age less up
 * to a fifth of it, so that exporters which came together, as after a restart of this adapter, do
 * not come together again; and never past the end of the credential.
 */
final class StreamLifetimes {

  /** By how much of itself the longest age varies. */
  static final double JITTER_RATIO = 0.2;

  private final Duration maxAge;
  private final Duration margin;
  private final RandomGenerator random;

  /**
   * Lifetimes of streams.
   *
   * @param maxAge the longest
   * @param margin before the end of a credential: the time until the end of a stream is noticed
   */
  StreamLifetimes(Duration maxAge, Duration margin, RandomGenerator random) {
    this.maxAge = maxAge;
    this.margin = margin;
    this.random = random;
  }

  /**
   * The lifetime of a stream that begins now, zero or more.
   *
   * @param credentialEnd when the credential ends, if it does
   */
  Duration next(Optional<Instant> credentialEnd, Instant now) {
    double share = 1 - JITTER_RATIO * random.nextDouble();
    Duration age = Duration.ofNanos((long) (maxAge.toNanos() * share));
    return credentialEnd
        .map(end -> Duration.between(now, end).minus(margin))
        .filter(left -> left.compareTo(age) < 0)
        .map(left -> left.isNegative() ? Duration.ZERO : left)
        .orElse(age);
  }
}
