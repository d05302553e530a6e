package io.gpuscaling.exporter.nvml;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The library, loaded and initialised. Opened, used and closed by one thread. */
final class NvmlSession implements AutoCloseable {

  /** GPUs of a node at most; more are not read. */
  static final int MAX_GPUS = 64;

  /** Instances of a GPU at most; NVIDIA's boards have 7. */
  static final int MAX_INSTANCES = 8;

  private final NvmlLibrary library;

  private NvmlSession(NvmlLibrary library) {
    this.library = library;
  }

  /** What became of opening it. */
  sealed interface Opened {

    /** It is open. */
    record Open(NvmlSession session) implements Opened {}

    /** It is not. */
    record Failed(NvmlReading.Failed why) implements Opened {}
  }

  /** Loads and initialises the library of that name. */
  static Opened open(String name) {
    NvmlLibrary library;
    try {
      library = NvmlLibrary.load(name);
    } catch (IllegalArgumentException _) {
      return failed(NvmlFailure.LIBRARY_MISSING, name + " cannot be loaded");
    }
    String missing = library.missing().orElse(null);
    if (missing != null) {
      library.close();
      return failed(NvmlFailure.SYMBOL_MISSING, name + " has no " + missing);
    }
    int code = library.init.call();
    if (code != NvmlCode.SUCCESS) {
      library.close();
      return new Opened.Failed(failed(library.init, code));
    }
    return new Opened.Open(new NvmlSession(library));
  }

  private static Opened failed(NvmlFailure failure, String detail) {
    return new Opened.Failed(new NvmlReading.Failed(failure, detail));
  }

  private static NvmlReading.Failed failed(NvmlFunction function, int code) {
    return new NvmlReading.Failed(NvmlFailure.of(code), function.name() + " answers " + code);
  }

  /** Reads all GPUs and their instances. Blocks for as long as the driver does. */
  NvmlReading read() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answer = arena.allocate(ValueLayout.JAVA_INT);
      int code = library.count.call(answer);
      if (code != NvmlCode.SUCCESS) {
        return failed(library.count, code);
      }
      var pass = new Pass(arena);
      int count = Math.clamp(answer.get(ValueLayout.JAVA_INT, 0), 0, MAX_GPUS);
      for (int i = 0; i < count; i++) {
        pass.readGpu(i);
      }
      return new NvmlReading.Read(
          pass.devices, pass.unreadable, pass.lost, pass.driverVersion(), pass.reload);
    }
  }

  /** One read of everything. */
  private final class Pass {
    private final Arena arena;
    private final NvmlDeviceReader reader;
    private final List<NvmlDevice> devices = new ArrayList<>();
    private int unreadable;
    private int lost;
    private boolean reload;

    Pass(Arena arena) {
      this.arena = arena;
      this.reader = new NvmlDeviceReader(library, arena);
    }

    String driverVersion() {
      MemorySegment buffer = arena.allocate(NvmlDeviceReader.TEXT_BYTES + 1L);
      int code = library.driverVersion.call(buffer, NvmlDeviceReader.TEXT_BYTES);
      return code == NvmlCode.SUCCESS ? buffer.getString(0) : "";
    }

    void readGpu(int index) {
      MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
      int code = library.handleByIndex.call(index, slot);
      if (code != NvmlCode.SUCCESS) {
        cannotRead(code);
        return;
      }
      MemorySegment gpu = slot.get(ValueLayout.ADDRESS, 0);
      NvmlDeviceReader.Text uuid = reader.text(library.uuid, gpu);
      String id = uuid.text();
      if (id == null || id.isEmpty()) {
        cannotRead(uuid.code());
        return;
      }
      Integer minor = reader.number(library.minorNumber, gpu);
      boolean divided = reader.isDivided(gpu);
      var whole =
          new NvmlDevice(
              id,
              null,
              null,
              null,
              index,
              minor == null ? null : NvmlDevices.DEVICE_FILE + minor,
              reader.text(library.name, gpu).text(),
              divided,
              reader.values(gpu, false),
              // Of a divided GPU its instances tell; for the sum a privilege is needed.
              divided ? null : reader.processes(gpu));
      devices.add(whole);
      if (divided) {
        readInstances(gpu, whole);
      }
    }

    private void readInstances(MemorySegment gpu, NvmlDevice whole) {
      Integer most = reader.number(library.maxMigDevices, gpu);
      int slots = most == null ? 0 : Math.min(most, MAX_INSTANCES);
      for (int i = 0; i < slots; i++) {
        MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
        int code = library.migByIndex.call(gpu, i, slot);
        if (code == NvmlCode.NOT_FOUND) {
          continue; // an empty slot
        }
        if (code != NvmlCode.SUCCESS) {
          cannotRead(code);
          continue;
        }
        MemorySegment instance = slot.get(ValueLayout.ADDRESS, 0);
        Integer id = reader.number(library.gpuInstanceId, instance);
        if (id == null) {
          cannotRead(NvmlCode.SUCCESS);
          continue;
        }
        devices.add(instance(instance, id, reader.place(gpu, id), whole));
      }
    }

    private NvmlDevice instance(
        MemorySegment instance, int id, NvmlDevice.@Nullable Place place, NvmlDevice whole) {
      @Nullable String instanceUuid = reader.text(library.uuid, instance).text();
      return new NvmlDevice(
          whole.uuid(),
          id,
          instanceUuid,
          place,
          whole.index(),
          whole.deviceName(),
          whole.modelName(),
          false,
          reader.values(instance, true),
          reader.processes(instance));
    }

    private void cannotRead(int code) {
      unreadable++;
      lost += code == NvmlCode.GPU_IS_LOST ? 1 : 0;
      reload |= NvmlCode.wantsReload(code);
    }
  }

  @Override
  public void close() {
    try {
      var _ = library.shutdown.call();
    } finally {
      library.close();
    }
  }
}
