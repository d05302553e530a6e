package io.gpuscaling.benchmarks.jmh;

import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.exporter.dcgm.DcgmFieldTable;
import io.gpuscaling.exporter.dcgm.DcgmInventory;
import io.gpuscaling.exporter.dcgm.DcgmPageReader;
import io.gpuscaling.exporter.dcgm.DcgmReading;
import io.gpuscaling.exporter.dcgm.DeviceHolders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From the page of 8 GPUs with 300 fields each (about 650 KB, many times what is usual) to the
 * samples that are published. The aim is 1 ms.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(2)
public class GpuSnapshotBenchmark {

  private static final int GPUS = 8;
  private static final int OTHER_FIELDS = 294;
  private static final List<String> USED =
      List.of(
          "DCGM_FI_DEV_FB_USED",
          "DCGM_FI_DEV_FB_FREE",
          "DCGM_FI_DEV_FB_RESERVED",
          "DCGM_FI_DEV_GPU_UTIL",
          "DCGM_FI_DEV_GPU_TEMP",
          "DCGM_FI_DEV_POWER_USAGE");

  private final DcgmPageReader reader = new DcgmPageReader(DcgmFieldTable.builtIn());
  private final DcgmInventory inventory = new DcgmInventory();
  private final byte[] page = page();
  private long nowNanos;

  private static byte[] page() {
    var text = new StringBuilder();
    USED.forEach(field -> append(text, field));
    for (int i = 0; i < OTHER_FIELDS; i++) {
      append(text, "DCGM_FI_DEV_OTHER_FIELD_" + i);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void append(StringBuilder text, String field) {
    text.append("# HELP ").append(field).append(" Some words about the field.\n");
    text.append("# TYPE ").append(field).append(" gauge\n");
    for (int gpu = 0; gpu < GPUS; gpu++) {
      text.append(field)
          .append("{gpu=\"" + gpu + "\",UUID=\"GPU-9e5b8fec-61bf-5124-a0a9-079af1b65cc" + gpu)
          .append("\",pci_bus_id=\"00000000:1" + gpu + ":00.0\",device=\"nvidia" + gpu)
          .append("\",modelName=\"NVIDIA A800-SXM4-80GB\",Hostname=\"node-35\",")
          .append("DCGM_FI_DRIVER_VERSION=\"535.129.03\",container=\"worker\",")
          .append("namespace=\"studio\",pod=\"image-worker-5554f75554-8j8p" + gpu + "\"} ")
          .append(gpu + 37)
          .append('\n');
    }
  }

  /** One page. */
  @Benchmark
  public List<Sample> allFields() {
    nowNanos += 1;
    return switch (reader.read(page, null)) {
      case DcgmReading.Understood(var understood) ->
          inventory.observe(understood, DeviceHolders.UNKNOWN, nowNanos);
      case DcgmReading.Refused(String reason, int line) ->
          throw new IllegalStateException("the page is refused: " + reason + " in line " + line);
    };
  }
}
