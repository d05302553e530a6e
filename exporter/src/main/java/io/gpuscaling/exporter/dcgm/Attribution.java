package io.gpuscaling.exporter.dcgm;

import java.util.Locale;

/** How far what a device does can be said to be one pod's doing. */
public enum Attribution {
  /** One pod has the whole GPU. */
  EXCLUSIVE,
  /** A GPU instance: what it says is its own, whoever has it. */
  MIG,
  /** Several pods share it, or may (time slices, MPS, a shared claim): nothing is one pod's. */
  TIME_SLICED,
  /** No pod has it, and whoever knows all pods says so. */
  FREE,
  /** Nobody says who has it. */
  UNKNOWN;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The value of the label {@code attribution}: {@code time_sliced}. */
  public String label() {
    return label;
  }

  static Attribution of(DcgmDevice device, DeviceHolders holders) {
    DeviceHolders.Holders held = holders.of(device);
    if (device.timeSliced() || device.isSharedByPods() || (held != null && held.isShared())) {
      return TIME_SLICED;
    }
    if (device.isInstance()) {
      return MIG;
    }
    if (!device.pods().isEmpty() || held != null) {
      return EXCLUSIVE;
    }
    return holders.complete() ? FREE : UNKNOWN;
  }
}
