package io.gpuscaling.exporter.rabbitmq.age;

import io.gpuscaling.exporter.rabbitmq.age.QueueLook.Arrivals;
import org.jspecify.annotations.Nullable;

/**
 * Whether more messages were delivered than departures are known: then some arrived uncounted. The
 * counters are read before ready is, so departures lag by what arrives between: deliveries are
 * compared one look late, and twice. Not for several threads.
 */
final class DeliveryCheck {

  private static final int LOOKS = 2;

  private long baseDepartures;
  private boolean hasBase;
  private long baseDelivered;
  private long lastDelivered;
  private int looks;

  /** From now on counts from these departures. */
  void restart(long departures) {
    baseDepartures = departures;
    hasBase = false;
    looks = 0;
  }

  /** Takes a look into account; the base is what is delivered by the look after the restart. */
  boolean exceed(@Nullable Arrivals counter, long lastLookNanos, long departures) {
    if (counter == null || counter.atNanos() - lastLookNanos < 0) {
      return false;
    }
    if (!hasBase) {
      hasBase = true;
      baseDelivered = counter.delivered();
    } else {
      looks = baseDepartures + lastDelivered - baseDelivered > departures ? looks + 1 : 0;
    }
    lastDelivered = counter.delivered();
    return looks >= LOOKS;
  }
}
