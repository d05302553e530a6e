package io.gpuscaling.exporter.nvml;

import java.util.List;

/** What became of a read. */
sealed interface NvmlReading {

  /**
   * The library answered.
   *
   * @param devices all that could be read, GPUs before their instances
   * @param unreadable GPUs and instances that are there and could not be read
   * @param lost GPUs among them that have fallen off the bus
   * @param driverVersion or the empty text
   * @param reload whether the library has to be initialised anew
   */
  record Read(
      List<NvmlDevice> devices, int unreadable, int lost, String driverVersion, boolean reload)
      implements NvmlReading {

    /** Copies the list. */
    public Read {
      devices = List.copyOf(devices);
    }
  }

  /** It did not. */
  record Failed(NvmlFailure failure, String detail) implements NvmlReading {}
}
