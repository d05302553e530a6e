package io.gpuscaling.exporter.push;

import io.grpc.Status;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: doubled each time up to a limit, with jitter, so that a
 * thousand exporters whose adapter came back do not come at once. Only a stream that has worked for
 * a while begins anew: one that is taken and ended again and again is no success. For use by one
 * thread.
 */
final class Backoff {

  /** The longest wait. */
  static final Duration LIMIT = Duration.ofSeconds(10);

  /** How long a stream must have lived to count as one that works. */
  static final Duration SETTLED = Duration.ofSeconds(10);

  private static final long FIRST_MILLIS = 200;

  private final RandomGenerator random;
  private long stepMillis = FIRST_MILLIS;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /**
   * The wait after a stream: between a tenth and the whole of the present step, or none when a
   * working stream was ended for the exporter to authenticate again.
   *
   * @param lived how long the adapter held its samples; zero when it never did
   */
  Duration after(Status.Code end, Duration lived) {
    if (lived.compareTo(SETTLED) >= 0) {
      stepMillis = FIRST_MILLIS;
      if (end == Status.Code.OK || end == Status.Code.ABORTED) {
        return Duration.ZERO;
      }
    }
    long step = stepMillis;
    stepMillis = Math.min(LIMIT.toMillis(), step * 2);
    return Duration.ofMillis(random.nextLong(step / 10, step + 1));
  }
}
