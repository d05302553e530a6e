package io.gpuscaling.exporter.dcgm;

/** What we take from a device's rows, in base units. */
public enum DeviceProperty {
  /** Used frame buffer. */
  VRAM_USED_BYTES(0, Bounds.VRAM_BYTES),
  /** Free frame buffer. */
  VRAM_FREE_BYTES(0, Bounds.VRAM_BYTES),
  /** Frame buffer that the driver keeps for itself. */
  VRAM_RESERVED_BYTES(0, Bounds.VRAM_BYTES),
  /** Whole frame buffer, where the page says it. */
  VRAM_TOTAL_BYTES(0, Bounds.VRAM_BYTES),
  /** Share of time in which a kernel ran: GPU_UTIL. Not measured for GPU instances. */
  UTILIZATION_RATIO(0, 1),
  /** Share of time in which the graphics engine was busy; of an instance relative to it. */
  ENGINE_ACTIVE_RATIO(0, 1),
  /** Of the die. */
  TEMPERATURE_CELSIUS(-100, 300),
  /** Of the board. */
  POWER_WATTS(0, 100_000);

  private final double lowest;
  private final double highest;

  DeviceProperty(double lowest, double highest) {
    this.lowest = lowest;
    this.highest = highest;
  }

  /** Whether a device can have this value; what cannot be is dropped, never clamped. */
  public boolean isPossible(double value) {
    return value >= lowest && value <= highest;
  }

  private static final class Bounds {
    /** 1 PiB: far above any board, far below a blank. */
    static final double VRAM_BYTES = 1L << 50;
  }
}
