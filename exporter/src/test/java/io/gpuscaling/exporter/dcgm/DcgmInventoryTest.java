package io.gpuscaling.exporter.dcgm;

import static org.assertj.core.api.Assertions.assertThat;

import io.gpuscaling.core.metric.Exactness;
import io.gpuscaling.core.metric.Sample;
import io.gpuscaling.core.metric.SampleValue;
import io.gpuscaling.core.metric.UnknownReason;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class DcgmInventoryTest {

  private static final double MIB = 1024 * 1024;
  private static final SampleValue GONE = SampleValue.unknown(UnknownReason.NOT_REPORTED);
  private static final String GPU_A =
      """
      DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="A",modelName="L4"} 70
      DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="A",modelName="L4"} 40
      DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="A",modelName="L4"} 50
      """;
  private static final String GPU_B = "DCGM_FI_DEV_POWER_USAGE{gpu=\"1\",UUID=\"B\"} 30\n";

  private final DcgmInventory inventory = new DcgmInventory();
  private long now;

  private static DcgmPage page(String text) {
    var reading =
        new DcgmPageReader(DcgmFieldTable.builtIn())
            .read(text.getBytes(StandardCharsets.UTF_8), null);
    return ((DcgmReading.Understood) reading).page();
  }

  private Map<String, SampleValue> observe(String text) {
    now += 15_000_000_000L;
    var values = new TreeMap<String, SampleValue>();
    for (Sample sample : inventory.observe(page(text), now)) {
      assertThat(sample.observedAtNanos()).isEqualTo(now);
      assertThat(values.put(sample.series().toString(), sample.value())).isNull();
    }
    return values;
  }

  private static SampleValue exact(double value) {
    return SampleValue.exact(value);
  }

  @Test
  void wholeGpu_givesAllSeries() {
    assertThat(
            observe(
                GPU_A
                    + """
                    DCGM_FI_DEV_FB_USED{gpu="0",UUID="A",modelName="L4",namespace="n",pod="p"} 1
                    DCGM_FI_DEV_FB_FREE{gpu="0",UUID="A",modelName="L4",namespace="n",pod="p"} 3
                    """))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "gpu_count{gpu=\"0\",model=\"L4\",uuid=\"A\"}",
                exact(1),
                "gpu_power_watts{gpu=\"0\",model=\"L4\",uuid=\"A\"}",
                exact(70),
                "gpu_temperature_celsius{gpu=\"0\",model=\"L4\",uuid=\"A\"}",
                exact(40),
                "gpu_utilization_ratio{gpu=\"0\",model=\"L4\",uuid=\"A\"}",
                exact(0.5),
                "gpu_vram_used_bytes{gpu=\"0\",model=\"L4\",namespace=\"n\",pod=\"p\",uuid=\"A\"}",
                exact(MIB),
                "gpu_vram_free_bytes{gpu=\"0\",model=\"L4\",namespace=\"n\",pod=\"p\",uuid=\"A\"}",
                exact(3 * MIB),
                "gpu_vram_total_bytes{gpu=\"0\",model=\"L4\",namespace=\"n\",pod=\"p\",uuid=\"A\"}",
                new SampleValue.Known(4 * MIB, Exactness.LOWER_BOUND),
                "gpu_vram_used_ratio{gpu=\"0\",model=\"L4\",uuid=\"A\"}",
                new SampleValue.Known(0.25, Exactness.UPPER_BOUND)));
  }

  @Test
  void instances_shareOneGpuItsPowerAndItsTemperature() {
    String instance =
        """
        DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="A",GPU_I_ID="%1$s",GPU_I_PROFILE="2g.20gb"} 7%1$s
        DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="A",GPU_I_ID="%1$s",GPU_I_PROFILE="2g.20gb"} 33
        DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="A",GPU_I_ID="%1$s",GPU_I_PROFILE="2g.20gb"} 0.5
        """;

    assertThat(observe(instance.formatted("3") + instance.formatted("5")))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "gpu_count{gpu=\"0\",uuid=\"A\"}",
                exact(1),
                "gpu_power_watts{gpu=\"0\",uuid=\"A\"}",
                exact(73),
                "gpu_temperature_celsius{gpu=\"0\",uuid=\"A\"}",
                exact(33),
                "gpu_utilization_ratio{gpu=\"0\",gpu_instance=\"3\",mig_profile=\"2g.20gb\",uuid=\"A\"}",
                exact(0.5),
                "gpu_utilization_ratio{gpu=\"0\",gpu_instance=\"5\",mig_profile=\"2g.20gb\",uuid=\"A\"}",
                exact(0.5)));
  }

  @Test
  void memoryOfGpuAndInstances_isNotCountedTwice() {
    var values =
        observe(
            """
            DCGM_FI_DEV_FB_USED{UUID="A"} 12
            DCGM_FI_DEV_FB_FREE{UUID="A"} 68
            DCGM_FI_DEV_FB_USED{UUID="A",GPU_I_ID="3"} 10
            DCGM_FI_DEV_FB_FREE{UUID="A",GPU_I_ID="3"} 30
            """);

    assertThat(values)
        .containsEntry("gpu_vram_used_bytes{gpu_instance=\"3\",uuid=\"A\"}", exact(10 * MIB))
        .doesNotContainKey("gpu_vram_used_bytes{uuid=\"A\"}")
        .containsKey("gpu_vram_used_ratio{uuid=\"A\"}");
  }

  @Test
  void lostGpu_isUnknownNotOneLess_untilForgotten() {
    observe(GPU_A + GPU_B);

    assertThat(observe(GPU_A))
        .containsEntry("gpu_count{gpu=\"1\",uuid=\"B\"}", GONE)
        .containsEntry("gpu_power_watts{gpu=\"1\",uuid=\"B\"}", GONE)
        .containsEntry("gpu_count{gpu=\"0\",model=\"L4\",uuid=\"A\"}", exact(1));
    now += DcgmInventory.FORGET_AFTER.toNanos() - 31_000_000_000L;
    assertThat(observe(GPU_A)).containsEntry("gpu_count{gpu=\"1\",uuid=\"B\"}", GONE);
    assertThat(observe(GPU_A)).doesNotContainKey("gpu_count{gpu=\"1\",uuid=\"B\"}");
  }

  @Test
  void lostGpu_thatComesBack_isKnownAgain() {
    observe(GPU_A + GPU_B);
    observe(GPU_A);

    assertThat(observe(GPU_A + GPU_B))
        .containsEntry("gpu_count{gpu=\"1\",uuid=\"B\"}", exact(1))
        .doesNotContainValue(GONE);
  }

  @Test
  void valueThatIsNotReportedAnyMore_isUnknown() {
    observe(GPU_A);

    assertThat(observe("DCGM_FI_DEV_XID_ERRORS{gpu=\"0\",UUID=\"A\",modelName=\"L4\"} 79\n"))
        .containsEntry("gpu_count{gpu=\"0\",model=\"L4\",uuid=\"A\"}", exact(1))
        .containsEntry("gpu_power_watts{gpu=\"0\",model=\"L4\",uuid=\"A\"}", GONE)
        .containsEntry("gpu_utilization_ratio{gpu=\"0\",model=\"L4\",uuid=\"A\"}", GONE);
  }

  @Test
  void podThatHasGone_leavesNoSeries() {
    observe("DCGM_FI_DEV_FB_USED{UUID=\"A\",namespace=\"n\",pod=\"p\"} 1\n");

    assertThat(observe("DCGM_FI_DEV_FB_USED{UUID=\"A\"} 1\n"))
        .containsOnlyKeys("gpu_count{uuid=\"A\"}", "gpu_vram_used_bytes{uuid=\"A\"}");
  }

  @Test
  void gpuDividedAnew_leavesNoOldParts() {
    observe(GPU_A);

    assertThat(observe("DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID=\"A\",GPU_I_ID=\"3\"} 0.5\n"))
        .containsKey("gpu_utilization_ratio{gpu_instance=\"3\",uuid=\"A\"}")
        .doesNotContainKey("gpu_utilization_ratio{gpu=\"0\",model=\"L4\",uuid=\"A\"}");
  }

  @Test
  void otherNode_forgetsAtOnce() {
    observe(GPU_A);

    assertThat(observe(GPU_B))
        .containsOnlyKeys(
            "gpu_count{gpu=\"1\",uuid=\"B\"}", "gpu_power_watts{gpu=\"1\",uuid=\"B\"}");
  }

  @Test
  void manyGpusThatComeAndGo_areBounded() {
    for (int round = 0; round < 20; round++) {
      int from = round * 400;
      String page =
          GPU_A
              + IntStream.range(from, from + 400)
                  .mapToObj(i -> "DCGM_FI_DEV_POWER_USAGE{UUID=\"G" + i + "\"} 1\n")
                  .collect(Collectors.joining());
      observe(page);
    }

    assertThat(inventory.remembered()).isLessThanOrEqualTo(DcgmInventory.MAX_REMEMBERED);
  }
}
