package io.gpuscaling.adapter.policy;

import io.gpuscaling.core.time.Ticker;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Turns readings of the monotonic clock into instants, always the same one for the same reading:
 * two looks at one observation are one data point, and a wall clock that jumps makes no new one.
 */
final class MonotonicInstants {

  private final Instant anchor;
  private final long anchorNanos;

  MonotonicInstants(Ticker ticker, InstantSource clock) {
    this.anchor = clock.instant();
    this.anchorNanos = ticker.nanos();
  }

  Instant at(long nanos) {
    return anchor.plusNanos(nanos - anchorNanos);
  }
}
