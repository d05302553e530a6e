package io.gpuscaling.exporter.push;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: doubled each time up to a limit, with full jitter, so that
 * a thousand exporters whose adapter came back do not come at once. For use by one thread.
 */
final class Backoff {

  private static final long FIRST_MILLIS = 200;
  private static final long LIMIT_MILLIS = 10_000;

  private final RandomGenerator random;
  private long nextMillis = FIRST_MILLIS;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /** The wait before the next try; between a tenth and the whole of the present step. */
  Duration next() {
    long step = nextMillis;
    nextMillis = Math.min(LIMIT_MILLIS, step * 2);
    return Duration.ofMillis(random.nextLong(step / 10, step + 1));
  }

  /** The last try went well: begin anew. */
  void reset() {
    nextMillis = FIRST_MILLIS;
  }
}
