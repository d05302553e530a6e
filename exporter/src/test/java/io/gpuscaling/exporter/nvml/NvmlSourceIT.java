package io.gpuscaling.exporter.nvml;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.SourceSnapshot;
import io.gpuscaling.core.metric.SourceState;
import io.gpuscaling.core.metric.UnknownReason;
import io.gpuscaling.core.time.Ticker;
import io.gpuscaling.exporter.dcgm.DeviceHolders;
import io.gpuscaling.exporter.dcgm.PodRef;
import io.gpuscaling.exporter.dcgm.ReplicaSize;
import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Reads a library that is compiled here: needs gcc. */
@Timeout(120)
final class NvmlSourceIT {

  private static final double GIB = 1L << 30;
  private static final DeviceHolders HOLDERS =
      new DeviceHolders(
          Map.of(
              "GPU-2/3",
              new DeviceHolders.Holders(List.of(new PodRef("studio", "worker", null)), false)),
          true);

  @TempDir private Path folder;
  private final CollectorRegistry registry = new CollectorRegistry();
  private final AtomicReference<@Nullable SourceSnapshot> told = new AtomicReference<>();
  private final AtomicReference<NvmlView> view = new AtomicReference<>(NvmlView.NONE);

  @SuppressWarnings("NullAway.Init") // before each test
  NvmlSourceIT() {}

  private NvmlSource source(String library, boolean gpuSource) {
    return new NvmlSource(
        new NvmlSettings(
            library,
            Duration.ofMillis(20),
            Duration.ofSeconds(5),
            gpuSource,
            List.of(new ReplicaSize("small", 1L << 30))),
        () -> HOLDERS,
        told::set,
        (shown, _) -> view.set(shown),
        registry,
        Ticker.system(),
        new SplittableRandom(1));
  }

  private @Nullable SourceState state() {
    SourceSnapshot snapshot = told.get();
    return snapshot == null ? null : snapshot.state();
  }

  private SampleValue value(String series) {
    SourceSnapshot snapshot = requireNonNull(told.get());
    return snapshot.samples().stream()
        .filter(sample -> text(sample).equals(series))
        .map(Sample::value)
        .findFirst()
        .orElseThrow(() -> new AssertionError(snapshot.samples().toString()));
  }

  private static String text(Sample sample) {
    var text = new StringBuilder(sample.series().metric());
    for (var label : sample.series().labels()) {
      text.append(' ').append(label.name()).append('=').append(label.value());
    }
    return text.toString();
  }

  private double metric(String name, String... labels) {
    String[] names = labels.length == 0 ? new String[0] : new String[] {"uuid", "gpu_instance"};
    Double value = registry.getSampleValue(name, names, labels);
    return value == null ? Double.NaN : value;
  }

  private double reads(String outcome) {
    Double value =
        registry.getSampleValue(
            "gpuscaling_nvml_reads_total", new String[] {"outcome"}, new String[] {outcome});
    return value == null ? 0 : value;
  }

  @Test
  void withoutDcgm_isTheSourceOfGpus() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (NvmlSource source = source(stub.path(), true)) {
      source.start();
      await().until(() -> state() instanceof SourceState.Ok);

      assertThat(value("gpu_count gpu=0 model=NVIDIA A100-SXM4-40GB uuid=GPU-1"))
          .isEqualTo(SampleValue.exact(1));
      assertThat(
              value(
                  "gpu_vram_used_bytes attribution=free gpu=0 model=NVIDIA A100-SXM4-40GB uuid=GPU-1"))
          .isEqualTo(SampleValue.exact(8 * GIB));
      assertThat(
              value(
                  "gpu_vram_used_bytes attribution=mig gpu=1 gpu_instance=3 model=NVIDIA A100-SXM4-40GB namespace=studio pod=worker uuid=GPU-2"))
          .isEqualTo(SampleValue.exact(2 * GIB));
      // One on the free GPU, one on the free instance; the other is held.
      assertThat(value("gpu_vram_fit_replicas size=small")).isEqualTo(SampleValue.exact(2));
      assertThat(view.get().instances())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "gpu-0", "GPU-1",
                  "MIG-10", "GPU-2/3",
                  "gpu-1-mig-19-0", "GPU-2/3",
                  "MIG-12", "GPU-2/5",
                  "gpu-1-mig-14-2", "GPU-2/5"));
    }
  }

  @Test
  void besideDcgm_publishesNoSamplesButItsOwnMetrics() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (NvmlSource source = source(stub.path(), false)) {
      source.start();
      await().until(() -> reads("ok") > 0);

      assertThat(told.get()).isNull();
      assertThat(metric("gpuscaling_nvml_compute_processes", "GPU-1", "")).isEqualTo(3);
      assertThat(metric("gpuscaling_nvml_compute_processes", "GPU-2", "5")).isEqualTo(1);
      assertThat(metric("gpuscaling_nvml_compute_processes", "GPU-2", "")).isNaN();
      assertThat(metric("gpuscaling_nvml_memory_used_bytes", "GPU-2", "5")).isEqualTo(2 * GIB);
    }
  }

  @Test
  void instanceWhosePlaceNeedsAPrivilege_isKnownByItsUuidAlone() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    stub.tell("unprivileged");
    try (NvmlSource source = source(stub.path(), true)) {
      source.start();
      await().until(() -> state() instanceof SourceState.Ok);

      assertThat(view.get().instances())
          .containsEntry("MIG-12", "GPU-2/5")
          .containsEntry("gpu-1-mig-19-0", "GPU-2/3")
          .doesNotContainKey("gpu-1-mig-14-2");
    }
  }

  @Test
  void lostGpu_isUnknownThenLostAndNeverOneLess() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (NvmlSource source = source(stub.path(), true)) {
      source.start();
      await().until(() -> state() instanceof SourceState.Ok);
      stub.tell("lost");
      await().until(() -> reads("partial") >= 4);

      assertThat(value("gpu_count gpu=1 model=NVIDIA A100-SXM4-40GB uuid=GPU-2"))
          .isEqualTo(SampleValue.unknown(UnknownReason.NOT_REPORTED));
      assertThat(value("gpu_healthy gpu=1 model=NVIDIA A100-SXM4-40GB reason=lost uuid=GPU-2"))
          .isEqualTo(SampleValue.exact(0));
      assertThat(metric("gpuscaling_nvml_unreadable_devices")).isEqualTo(1);
    }
  }

  @Test
  void hang_agesWhatWasRead_andEndsWithTheHang() throws Exception {
    StubLibrary stub = StubLibrary.compile(folder, "DRIVER=3");
    try (NvmlSource source =
        new NvmlSource(
            new NvmlSettings(
                stub.path(), Duration.ofMillis(20), Duration.ofMillis(500), true, List.of()),
            () -> HOLDERS,
            told::set,
            (shown, _) -> view.set(shown),
            registry,
            Ticker.system(),
            new SplittableRandom(1))) {
      source.start();
      await().until(() -> state() instanceof SourceState.Ok);
      stub.tell("hang");
      await()
          .until(() ->
              state() instanceof SourceState.Failing(_, var why)
                  && why == UnknownReason.UNREACHABLE);

      SourceSnapshot aged = requireNonNull(told.get());
      assertThat(aged.samples()).isNotEmpty();
      assertThat(view.get().devices()).isEmpty();
      assertThat(view.get().instances()).isNotEmpty();
      assertThat(metric("gpuscaling_nvml_compute_processes", "GPU-1", "")).isNaN();

      stub.tell();
      await().until(() -> state() instanceof SourceState.Ok);
    }
  }

  @Test
  void noLibrary_isNeverObserved() {
    try (NvmlSource source = source(folder.resolve("libnone.so.1").toString(), true)) {
      assertThat(source.name()).isEqualTo("nvml");
      source.start();
      await()
          .until(() ->
              state() instanceof SourceState.NeverObserved(var why)
                  && why == UnknownReason.MISSING);

      assertThat(reads("library_missing")).isPositive();
    }
  }
}
