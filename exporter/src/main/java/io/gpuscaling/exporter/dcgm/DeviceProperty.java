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
  POWER_WATTS(0, 100_000),
  /** Drawn since the driver was loaded. */
  ENERGY_JOULES(0, Bounds.COUNTER),
  /** The last XID error, 0 for none; never reset. */
  LAST_XID(0, Bounds.XID),
  /** Memory errors that were not corrected, since the driver was loaded. */
  DOUBLE_BIT_ERRORS(0, Bounds.COUNTER),
  /** 1 when a bad row of memory could not be replaced. */
  ROW_REMAP_FAILED(0, Bounds.COUNTER),
  /** DCGM's own judgement, the worst of its watches: 0 pass, 10 warning, 20 failure. */
  HEALTH_STATUS(0, 20),
  /** XID errors since the exporter started, of one XID. */
  XID_TOTAL(0, Bounds.COUNTER);

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

    static final double COUNTER = 1e15;

    /** NVIDIA's list ends far below. */
    static final double XID = 9_999;
  }
}
