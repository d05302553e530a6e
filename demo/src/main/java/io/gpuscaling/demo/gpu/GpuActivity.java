package io.gpuscaling.demo.gpu;

/** What a simulated GPU does, with the figures of an NVIDIA L4 that does so. */
public enum GpuActivity {
  /** No worker: as recorded. */
  FREE(0, 0, 16.4, 31),
  /** A worker has loaded its model and waits. */
  LOADED(9_216, 0, 31.8, 44),
  /** A task runs. */
  BUSY(17_408, 97, 71.2, 63);

  private final int usedMebibytes;
  private final int utilizationPercent;
  private final double powerWatts;
  private final int temperatureCelsius;

  GpuActivity(
      int usedMebibytes, int utilizationPercent, double powerWatts, int temperatureCelsius) {
    this.usedMebibytes = usedMebibytes;
    this.utilizationPercent = utilizationPercent;
    this.powerWatts = powerWatts;
    this.temperatureCelsius = temperatureCelsius;
  }

  /** Used memory. */
  public int usedMebibytes() {
    return usedMebibytes;
  }

  /** Share of time in which it computes. */
  public int utilizationPercent() {
    return utilizationPercent;
  }

  /** Power that it draws. */
  public double powerWatts() {
    return powerWatts;
  }

  /** Its temperature. */
  public int temperatureCelsius() {
    return temperatureCelsius;
  }
}
