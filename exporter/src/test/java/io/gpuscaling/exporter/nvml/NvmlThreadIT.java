package io.gpuscaling.exporter.nvml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.dcgm.DeviceProperty;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Reads a library that is compiled here: needs gcc. */
@Timeout(120)
final class NvmlThreadIT {

  private static final double GIB = 1L << 30;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private final AtomicLong leapNanos = new AtomicLong();
  private final Ticker ticker = () -> Ticker.system().nanos() + leapNanos.get();

  @SuppressWarnings("NullAway.Init") // before each test
  NvmlThreadIT() {}

  private static NvmlReading.Read read(NvmlThread thread) throws InterruptedException {
    NvmlReading reading = thread.read(TIMEOUT);
    assertThat(reading).isInstanceOf(NvmlReading.Read.class);
    return (NvmlReading.Read) reading;
  }

  private static NvmlReading.Failed failed(NvmlThread thread, Duration timeout)
      throws InterruptedException {
    NvmlReading reading = thread.read(timeout);
    assertThat(reading).isInstanceOf(NvmlReading.Failed.class);
    return (NvmlReading.Failed) reading;
  }

  @Test
  void newDriver_showsGpusInstancesMemoryAndProcesses() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      NvmlReading.Read read = read(thread);

      assertThat(read.driverVersion()).isEqualTo("580.95.05");
      assertThat(read.unreadable()).isZero();
      assertThat(read.devices())
          .containsExactly(
              new NvmlDevice(
                  "GPU-1",
                  null,
                  null,
                  null,
                  0,
                  "nvidia0",
                  "NVIDIA A100-SXM4-40GB",
                  false,
                  Map.of(
                      DeviceProperty.VRAM_TOTAL_BYTES, 40 * GIB,
                      DeviceProperty.VRAM_RESERVED_BYTES, 4 * GIB,
                      DeviceProperty.VRAM_FREE_BYTES, 28 * GIB,
                      DeviceProperty.VRAM_USED_BYTES, 8 * GIB,
                      DeviceProperty.UTILIZATION_RATIO, 0.75,
                      DeviceProperty.TEMPERATURE_CELSIUS, 61.0,
                      DeviceProperty.POWER_WATTS, 250.5),
                  // 1000, 1001, and 1002 of MPS, which lists 1001 again
                  3),
              new NvmlDevice(
                  "GPU-2",
                  null,
                  null,
                  null,
                  1,
                  "nvidia1",
                  "NVIDIA A100-SXM4-40GB",
                  true,
                  Map.of(
                      DeviceProperty.VRAM_TOTAL_BYTES, 40 * GIB,
                      DeviceProperty.VRAM_RESERVED_BYTES, 4 * GIB,
                      DeviceProperty.VRAM_FREE_BYTES, 28 * GIB,
                      DeviceProperty.VRAM_USED_BYTES, 8 * GIB,
                      DeviceProperty.TEMPERATURE_CELSIUS, 61.0,
                      DeviceProperty.POWER_WATTS, 250.5),
                  null),
              instance(3, "MIG-10", new NvmlDevice.Place(19, 0)),
              instance(5, "MIG-12", new NvmlDevice.Place(14, 2)));
    }
  }

  private static NvmlDevice instance(int id, String instanceUuid, NvmlDevice.Place place) {
    return new NvmlDevice(
        "GPU-2",
        id,
        instanceUuid,
        place,
        1,
        "nvidia1",
        "NVIDIA A100-SXM4-40GB",
        false,
        Map.of(
            DeviceProperty.VRAM_TOTAL_BYTES, 10 * GIB,
            DeviceProperty.VRAM_RESERVED_BYTES, GIB,
            DeviceProperty.VRAM_FREE_BYTES, 7 * GIB,
            DeviceProperty.VRAM_USED_BYTES, 2 * GIB),
        1);
  }

  @Test
  void driverThatSaysLittle_leavesOutWhatItDoesNotSay() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    stub.tell("bare");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      NvmlReading.Read read = read(thread);

      assertThat(read.driverVersion()).isEmpty();
      // How many instances the divided one may have is not known either: none is asked for.
      assertThat(read.devices()).extracting(NvmlDevice::key).containsExactly("GPU-1", "GPU-2");
      assertThat(read.devices()).extracting(NvmlDevice::deviceName).containsOnlyNulls();
      assertThat(read.unreadable()).isZero();
    }
  }

  @Test
  void deviceWithoutIdentity_isCountedAsUnreadableAndNotShown() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    stub.tell("nameless", "numberless", "lost_instance");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      NvmlReading.Read read = read(thread);

      assertThat(read.devices()).extracting(NvmlDevice::key).containsExactly("GPU-2");
      assertThat(read.unreadable()).isEqualTo(3);
      assertThat(read.lost()).isEqualTo(1);
    }
  }

  @Test
  void oldDriver_isReadByTheFirstVersionsOfItsFunctions() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=1");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      NvmlReading.Read read = read(thread);

      assertThat(read.devices()).extracting(NvmlDevice::key).containsExactly("GPU-1", "GPU-2");
      NvmlDevice whole = read.devices().getFirst();
      assertThat(whole.processes()).isEqualTo(3);
      assertThat(whole.values())
          .containsEntry(DeviceProperty.VRAM_TOTAL_BYTES, 40 * GIB)
          .containsEntry(DeviceProperty.VRAM_USED_BYTES, 10 * GIB)
          .doesNotContainKey(DeviceProperty.VRAM_RESERVED_BYTES);
    }
  }

  @Test
  void noLibrary_isToldAsMissing() throws Exception {
    try (var thread = new NvmlThread(folder.resolve("libnone.so.1").toString(), ticker)) {
      assertThat(failed(thread, TIMEOUT).failure()).isEqualTo(NvmlFailure.LIBRARY_MISSING);
    }
  }

  @Test
  void libraryWithoutANeededFunction_isRefusedByName() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3", "NO_UUID");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      NvmlReading.Failed failed = failed(thread, TIMEOUT);

      assertThat(failed.failure()).isEqualTo(NvmlFailure.SYMBOL_MISSING);
      assertThat(failed.detail()).contains("nvmlDeviceGetUUID");
    }
    assertThat(stub.log()).containsExactly("unloaded");
  }

  @Test
  void lostGpu_isMissingAndTheLibraryIsInitialisedAnewButNotEachTime() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      stub.tell("lost");
      NvmlReading.Read read = read(thread);
      assertThat(read.devices()).extracting(NvmlDevice::key).containsExactly("GPU-1");
      assertThat(read.lost()).isEqualTo(1);
      assertThat(read.unreadable()).isEqualTo(1);

      read(thread);
      read(thread);
      assertThat(stub.log()).containsExactly("init", "shutdown", "unloaded", "init");

      stub.tell();
      assertThat(read(thread).devices()).hasSize(4);
    }
  }

  @Test
  void driverThatIsNotLoaded_isTriedAgainWhenItIsTime() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    stub.tell("no_driver");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      assertThat(failed(thread, TIMEOUT).failure()).isEqualTo(NvmlFailure.DRIVER_NOT_LOADED);
      stub.tell();
      assertThat(failed(thread, TIMEOUT).failure()).isEqualTo(NvmlFailure.DRIVER_NOT_LOADED);

      leapNanos.addAndGet(NvmlThread.FIRST_WAIT.toNanos());
      assertThat(read(thread).devices()).hasSize(4);
    }
  }

  @Test
  void codesOfTheLibrary_areToldApart() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      stub.tell("mismatch");
      assertThat(failed(thread, TIMEOUT).failure()).isEqualTo(NvmlFailure.VERSION_MISMATCH);
      leapNanos.addAndGet(NvmlThread.LONGEST_WAIT.toNanos());
      stub.tell("forbidden");
      assertThat(failed(thread, TIMEOUT).failure()).isEqualTo(NvmlFailure.NO_PERMISSION);
      leapNanos.addAndGet(NvmlThread.LONGEST_WAIT.toNanos());
      stub.tell("uninitialized");
      NvmlReading.Failed failed = failed(thread, TIMEOUT);
      assertThat(failed.failure()).isEqualTo(NvmlFailure.ERROR);
      assertThat(failed.detail()).isEqualTo("nvmlDeviceGetCount_v2 answers 1");
    }
  }

  @Test
  void moreProcessesThanRoom_areAllCounted() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    stub.tell("busy");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      assertThat(read(thread).devices().getFirst().processes()).isEqualTo(40);
    }
  }

  @Test
  void processesThatCannotBeListed_areUnknownAndNotZero() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      stub.tell("growing");
      assertThat(read(thread).devices()).hasSize(4).allMatch(it -> it.processes() == null);
      stub.tell("forbidden_list");
      assertThat(read(thread).devices()).hasSize(4).allMatch(it -> it.processes() == null);
    }
  }

  @Test
  void hangingDriver_holdsOneThreadAndIsReadAgainWhenItAnswers() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      read(thread);
      stub.tell("hang");
      assertThat(failed(thread, Duration.ofMillis(50)).failure()).isEqualTo(NvmlFailure.TIMEOUT);
      for (int i = 0; i < 100; i++) {
        assertThat(failed(thread, TIMEOUT).detail()).isEqualTo("an earlier call has not come back");
      }
      assertThat(stub.log()).containsOnlyOnce("hangs");
      assertThat(threads()).isEqualTo(1);

      stub.tell();
      await().until(() -> thread.read(TIMEOUT) instanceof NvmlReading.Read);
    }
  }

  @Test
  void close_whileTheDriverHangs_returnsAndUnloadsLater() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    var thread = new NvmlThread(stub.path(), ticker);
    stub.tell("hang");
    assertThat(failed(thread, Duration.ofMillis(50)).failure()).isEqualTo(NvmlFailure.TIMEOUT);
    thread.close();

    stub.tell();
    await().until(() -> stub.log().contains("unloaded"));
  }

  @Test
  void close_shutsDownAndUnloads() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (var thread = new NvmlThread(stub.path(), ticker)) {
      read(thread);
    }
    assertThat(stub.log()).containsExactly("init", "shutdown", "unloaded");
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(it -> it.getName().equals("nvml"))
        .count();
  }
}
