package io.gpuscaling.exporter.dcgm;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds pages that say nothing new: a GPU that draws power must use energy, so an energy counter
 * that stands still proves that the host engine behind the exporter has stopped looking. Pages
 * without energy and power prove nothing, however much alike they are: an idle GPU may say the same
 * for hours. Not for several threads.
 */
final class EnergyWatch {

  private final long limitNanos;
  private Map<String, Double> joules = Map.of();
  private long movedAtNanos;
  private boolean started;

  /** A watch; with a limit of zero it never finds anything. */
  EnergyWatch(Duration limit) {
    this.limitNanos = limit.toNanos();
  }

  /** Takes a page, and tells whether energy has stood still for longer than the limit. */
  boolean isFrozen(DcgmPage page, long nowNanos) {
    Map<String, Double> shown = new HashMap<>();
    for (DcgmDevice device : page.devices()) {
      Double power = device.powerWatts();
      Double energy = device.values().get(DeviceProperty.ENERGY_JOULES);
      if (energy != null && power != null && power > 0) {
        shown.put(device.uuid(), energy);
      }
    }
    if (!started || shown.isEmpty() || !shown.equals(joules)) {
      started = true;
      joules = shown;
      movedAtNanos = nowNanos;
    }
    return limitNanos > 0 && nowNanos - movedAtNanos > limitNanos;
  }

  /** When a page last said something new. */
  long movedAtNanos() {
    return movedAtNanos;
  }
}
