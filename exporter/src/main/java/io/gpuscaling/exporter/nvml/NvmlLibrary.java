package io.gpuscaling.exporter.nvml;

import static io.gpuscaling.exporter.nvml.NvmlFunction.ADDRESS;
import static io.gpuscaling.exporter.nvml.NvmlFunction.INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;

/**
 * The functions of the library that we use; names and arguments by NVIDIA's nvml.h (API 13). Made,
 * used and closed by one thread; closing unloads the library.
 */
final class NvmlLibrary implements AutoCloseable {

  private final Arena arena;

  final NvmlFunction init;
  final NvmlFunction shutdown;
  final NvmlFunction driverVersion;
  final NvmlFunction count;
  final NvmlFunction handleByIndex;
  final NvmlFunction uuid;
  final NvmlFunction name;
  final NvmlFunction minorNumber;

  /** With a word for the version before the numbers; {@link #memoryV1} on drivers before R510. */
  final NvmlFunction memoryV2;

  final NvmlFunction memoryV1;
  final NvmlFunction utilization;
  final NvmlFunction temperature;
  final NvmlFunction power;
  final NvmlFunction migMode;
  final NvmlFunction maxMigDevices;
  final NvmlFunction migByIndex;
  final NvmlFunction gpuInstanceId;

  /** Both need a right to the instance, which the driver grants by its capability files. */
  final NvmlFunction gpuInstanceById;

  final NvmlFunction gpuInstanceInfo;

  /** Processes of 24 bytes each; {@link #processesV1} of 16 on drivers before R450. */
  final NvmlFunction processes;

  final NvmlFunction processesV1;
  final NvmlFunction mpsProcesses;

  private NvmlLibrary(SymbolLookup library, Arena arena) {
    this.arena = arena;
    init = find(library, "nvmlInit_v2", "nvmlInit");
    shutdown = find(library, "nvmlShutdown");
    driverVersion = find(library, List.of(ADDRESS, INT), "nvmlSystemGetDriverVersion");
    count = find(library, List.of(ADDRESS), "nvmlDeviceGetCount_v2", "nvmlDeviceGetCount");
    handleByIndex =
        find(
            library,
            List.of(INT, ADDRESS),
            "nvmlDeviceGetHandleByIndex_v2",
            "nvmlDeviceGetHandleByIndex");
    uuid = find(library, List.of(ADDRESS, ADDRESS, INT), "nvmlDeviceGetUUID");
    name = find(library, List.of(ADDRESS, ADDRESS, INT), "nvmlDeviceGetName");
    minorNumber = ofDevice(library, "nvmlDeviceGetMinorNumber");
    memoryV2 = ofDevice(library, "nvmlDeviceGetMemoryInfo_v2");
    memoryV1 = ofDevice(library, "nvmlDeviceGetMemoryInfo");
    utilization = ofDevice(library, "nvmlDeviceGetUtilizationRates");
    temperature = find(library, List.of(ADDRESS, INT, ADDRESS), "nvmlDeviceGetTemperature");
    power = ofDevice(library, "nvmlDeviceGetPowerUsage");
    migMode = find(library, List.of(ADDRESS, ADDRESS, ADDRESS), "nvmlDeviceGetMigMode");
    maxMigDevices = ofDevice(library, "nvmlDeviceGetMaxMigDeviceCount");
    migByIndex =
        find(library, List.of(ADDRESS, INT, ADDRESS), "nvmlDeviceGetMigDeviceHandleByIndex");
    gpuInstanceId = ofDevice(library, "nvmlDeviceGetGpuInstanceId");
    gpuInstanceById = find(library, List.of(ADDRESS, INT, ADDRESS), "nvmlDeviceGetGpuInstanceById");
    gpuInstanceInfo = ofDevice(library, "nvmlGpuInstanceGetInfo");
    List<MemoryLayout> listed = List.of(ADDRESS, ADDRESS, ADDRESS);
    processes =
        find(
            library,
            listed,
            "nvmlDeviceGetComputeRunningProcesses_v3",
            "nvmlDeviceGetComputeRunningProcesses_v2");
    processesV1 = find(library, listed, "nvmlDeviceGetComputeRunningProcesses");
    mpsProcesses =
        find(
            library,
            listed,
            "nvmlDeviceGetMPSComputeRunningProcesses_v3",
            "nvmlDeviceGetMPSComputeRunningProcesses_v2");
  }

  private static NvmlFunction find(SymbolLookup library, String... names) {
    return NvmlFunction.find(library, names);
  }

  private static NvmlFunction find(
      SymbolLookup library, List<MemoryLayout> arguments, String... names) {
    return NvmlFunction.find(library, names, arguments.toArray(MemoryLayout[]::new));
  }

  /** Of a device, with a pointer to what it answers. */
  private static NvmlFunction ofDevice(SymbolLookup library, String name) {
    return find(library, List.of(ADDRESS, ADDRESS), name);
  }

  /**
   * Loads the library.
   *
   * @param name a file name, looked for where the system's loader looks, or an absolute path
   * @throws IllegalArgumentException when there is none that can be loaded
   */
  // Native access is what this package is for; the arena is closed by close().
  @SuppressWarnings({"restricted", "MustBeClosedChecker"})
  static NvmlLibrary load(String name) {
    Arena arena = Arena.ofConfined();
    try {
      return new NvmlLibrary(SymbolLookup.libraryLookup(name, arena), arena);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** A function without which nothing can be read, or empty when all are there. */
  Optional<String> missing() {
    return List.of(init, shutdown, count, handleByIndex, uuid).stream()
        .filter(function -> !function.isPresent())
        .map(NvmlFunction::name)
        .findFirst();
  }

  @Override
  public void close() {
    arena.close();
  }
}
