package io.gpuscaling.exporter.nvml;

import io.gpuscaling.exporter.dcgm.DeviceProperty;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one device. A function that the driver lacks, or does not support for the device, leaves
 * its value out: unknown is never zero. Sizes and offsets of structures by NVIDIA's nvml.h (API
 * 13). For use on the thread that opened the library.
 */
final class NvmlDeviceReader {

  /** Longest text, with its end: {@code NVML_DEVICE_UUID_V2_BUFFER_SIZE} and the name's. */
  static final int TEXT_BYTES = 96;

  /** Processes that fit into the first list. */
  static final int FIRST_ROOM = 16;

  /** Processes may begin between two calls: so much more room than the library asked for. */
  static final int SPARE_ROOM = 4;

  /** Lists of processes that are asked for until one fits. */
  static final int LIST_TRIES = 5;

  /** Far more than a GPU has contexts. */
  static final int MAX_PROCESSES = 4_096;

  /** {@code nvmlMemory_v2}: the size of the structure and, in the highest byte, its version. */
  private static final int MEMORY_V2 = 0x02000028;

  private static final int MEMORY_V2_BYTES = 40;
  private static final int MEMORY_V1_BYTES = 24;
  private static final int PROCESS_BYTES = 24;
  private static final int INSTANCE_INFO_BYTES = 24;
  private static final int PROCESS_V1_BYTES = 16;
  private static final int SENSOR_OF_THE_DIE = 0;
  private static final double PERCENT = 100;
  private static final double MILLIWATTS = 1_000;

  private final NvmlLibrary library;

  /** Of what lives as long as one read. */
  private final Arena arena;

  NvmlDeviceReader(NvmlLibrary library, Arena arena) {
    this.library = library;
    this.arena = arena;
  }

  /** A text, or the library's code in place of it. */
  record Text(int code, @Nullable String text) {}

  Text text(NvmlFunction function, MemorySegment device) {
    MemorySegment buffer = arena.allocate(TEXT_BYTES + 1L);
    int code = function.call(device, buffer, TEXT_BYTES);
    return new Text(code, code == NvmlCode.SUCCESS ? buffer.getString(0) : null);
  }

  /** An unsigned number, or null. */
  @Nullable Integer number(NvmlFunction function, MemorySegment device) {
    MemorySegment answer = arena.allocate(ValueLayout.JAVA_INT);
    int value =
        function.call(device, answer) == NvmlCode.SUCCESS
            ? answer.get(ValueLayout.JAVA_INT, 0)
            : -1;
    return value < 0 ? null : value;
  }

  /**
   * Where an instance of a GPU lies; null when the driver does not say.
   *
   * @param gpu the GPU that it is a part of
   */
  NvmlDevice.@Nullable Place place(MemorySegment gpu, int gpuInstanceId) {
    MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
    if (library.gpuInstanceById.call(gpu, gpuInstanceId, slot) != NvmlCode.SUCCESS) {
      return null;
    }
    // nvmlGpuInstanceInfo_t: device (8), id, profileId, placement.start, placement.size (4 each).
    MemorySegment info = arena.allocate(INSTANCE_INFO_BYTES, Long.BYTES);
    MemorySegment instance = slot.get(ValueLayout.ADDRESS, 0);
    if (library.gpuInstanceInfo.call(instance, info) != NvmlCode.SUCCESS
        || info.get(ValueLayout.JAVA_INT, 8) != gpuInstanceId) {
      return null;
    }
    return new NvmlDevice.Place(
        info.get(ValueLayout.JAVA_INT, 12), info.get(ValueLayout.JAVA_INT, 16));
  }

  /** Whether the GPU is divided: MIG is in effect. */
  boolean isDivided(MemorySegment device) {
    MemorySegment current = arena.allocate(ValueLayout.JAVA_INT);
    MemorySegment pending = arena.allocate(ValueLayout.JAVA_INT);
    return library.migMode.call(device, current, pending) == NvmlCode.SUCCESS
        && current.get(ValueLayout.JAVA_INT, 0) == 1;
  }

  /**
   * What the device says.
   *
   * @param instance of an instance only its memory: the rest would be its parent's
   */
  Map<DeviceProperty, Double> values(MemorySegment device, boolean instance) {
    var values = new EnumMap<DeviceProperty, Double>(DeviceProperty.class);
    memory(device, values);
    if (!instance) {
      MemorySegment rates = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
      if (library.utilization.call(device, rates) == NvmlCode.SUCCESS) {
        put(values, DeviceProperty.UTILIZATION_RATIO, rates.get(ValueLayout.JAVA_INT, 0) / PERCENT);
      }
      MemorySegment celsius = arena.allocate(ValueLayout.JAVA_INT);
      if (library.temperature.call(device, SENSOR_OF_THE_DIE, celsius) == NvmlCode.SUCCESS) {
        put(values, DeviceProperty.TEMPERATURE_CELSIUS, celsius.get(ValueLayout.JAVA_INT, 0));
      }
      Integer milliwatts = number(library.power, device);
      if (milliwatts != null) {
        put(values, DeviceProperty.POWER_WATTS, milliwatts / MILLIWATTS);
      }
    }
    return values;
  }

  private void memory(MemorySegment device, Map<DeviceProperty, Double> values) {
    MemorySegment memory = arena.allocate(MEMORY_V2_BYTES, Long.BYTES);
    memory.set(ValueLayout.JAVA_INT, 0, MEMORY_V2);
    if (library.memoryV2.call(device, memory) == NvmlCode.SUCCESS) {
      put(values, DeviceProperty.VRAM_TOTAL_BYTES, bytes(memory, 8));
      put(values, DeviceProperty.VRAM_RESERVED_BYTES, bytes(memory, 16));
      put(values, DeviceProperty.VRAM_FREE_BYTES, bytes(memory, 24));
      put(values, DeviceProperty.VRAM_USED_BYTES, bytes(memory, 32));
      return;
    }
    // What the driver reserves is counted as used here.
    MemorySegment older = arena.allocate(MEMORY_V1_BYTES, Long.BYTES);
    if (library.memoryV1.call(device, older) == NvmlCode.SUCCESS) {
      put(values, DeviceProperty.VRAM_TOTAL_BYTES, bytes(older, 0));
      put(values, DeviceProperty.VRAM_FREE_BYTES, bytes(older, 8));
      put(values, DeviceProperty.VRAM_USED_BYTES, bytes(older, 16));
    }
  }

  /** A size that the library counts in bytes; exact up to 8 PiB. */
  private static double bytes(MemorySegment structure, long offset) {
    return (double) structure.get(ValueLayout.JAVA_LONG, offset);
  }

  private static void put(
      Map<DeviceProperty, Double> values, DeviceProperty property, double value) {
    if (property.isPossible(value)) {
      values.put(property, value);
    }
  }

  /** Different processes with a compute context, MPS clients too; null when unknown. */
  @Nullable Integer processes(MemorySegment device) {
    Set<Integer> ids = new HashSet<>();
    int code =
        library.processes.isPresent()
            ? list(library.processes, PROCESS_BYTES, device, ids)
            : list(library.processesV1, PROCESS_V1_BYTES, device, ids);
    if (code != NvmlCode.SUCCESS) {
      return null;
    }
    return switch (list(library.mpsProcesses, PROCESS_BYTES, device, ids)) {
      // Drivers and devices without MPS have no clients of it.
      case NvmlCode.SUCCESS, NvmlCode.NOT_SUPPORTED, NvmlCode.FUNCTION_NOT_FOUND -> ids.size();
      default -> null;
    };
  }

  private int list(
      NvmlFunction function, int processBytes, MemorySegment device, Set<Integer> ids) {
    SegmentAllocator memory = arena;
    MemorySegment count = memory.allocate(ValueLayout.JAVA_INT);
    int room = FIRST_ROOM;
    for (int tries = 0; tries < LIST_TRIES; tries++) {
      MemorySegment list = memory.allocate((long) room * processBytes, Long.BYTES);
      count.set(ValueLayout.JAVA_INT, 0, room);
      int code = function.call(device, count, list);
      int counted = count.get(ValueLayout.JAVA_INT, 0);
      if (code == NvmlCode.SUCCESS) {
        for (int i = 0; i < Math.min(counted, room); i++) {
          ids.add(list.get(ValueLayout.JAVA_INT, (long) i * processBytes));
        }
        return code;
      }
      if (code != NvmlCode.INSUFFICIENT_SIZE || counted < 0 || counted > MAX_PROCESSES) {
        return code;
      }
      room = Math.max(counted, room) + SPARE_ROOM;
    }
    return NvmlCode.INSUFFICIENT_SIZE;
  }
}
